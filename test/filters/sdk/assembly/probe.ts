// Does what the request's path says with the part of the SDK that is named there, and tells by headers how it went.
import {
  ABSENT,
  Action,
  addHeader,
  appendBuffer,
  beginCallback,
  beginLine,
  beginMetric,
  Buffer,
  buffer,
  built,
  callForeign,
  cancelGrpc,
  clear,
  closeGrpc,
  closeJson,
  dequeue,
  endLine,
  endMetric,
  enqueue,
  enterArray,
  enterObject,
  equals,
  field,
  foreignStatus,
  grpcCall,
  grpcStream,
  header,
  Headers,
  headerPairs,
  isLogged,
  jsonFailed,
  jsonFault,
  jsonKey,
  Json,
  label,
  lastGrpcToken,
  Level,
  literal,
  log,
  Metric,
  incrementMetric,
  monotonicTime,
  newBuilder,
  nextItem,
  nextKey,
  NO_PAIRS,
  NO_QUEUE,
  numberField,
  openJson,
  pairCount,
  peekJson,
  prependBuffer,
  put,
  putDecimal,
  randomBytes,
  readBoolean,
  readNull,
  readNumber,
  readString,
  readWhole,
  registerQueue,
  replaceBuffer,
  resolveQueue,
  sendGrpc,
  size,
  startsWith,
  Status,
  statusMessage,
  lastStatusCode,
  View,
  view,
  wallTime,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
export { malloc, proxy_abi_version_0_2_1 } from 'proxy-wasm-assemblyscript-sdk/assembly'

const PATH = literal(':path')
const RESULT = literal('x-result')
const out = newBuilder(4096)

function tellNumber(value: u64): void {
  clear(out)
  putDecimal(out, value)
  addHeader(Headers.Request, RESULT, built(out))
}

/** The rest of a line: the result of a walk over JSON, value by value. */
const SPACE = literal(' ')
const walked = newBuilder(65536)

function walk(): void {
  switch (peekJson()) {
    case Json.Object:
      put(walked, literalOpen)
      if (enterObject()) while (nextKey()) {
        put(walked, jsonKey)
        put(walked, COLON)
        walk()
      }
      put(walked, literalClose)
      return
    case Json.Array:
      put(walked, OPEN_LIST)
      if (enterArray()) while (nextItem()) walk()
      put(walked, CLOSE_LIST)
      return
    case Json.String: {
      const text = readString()
      if (text != ABSENT) put(walked, text)
      break
    }
    case Json.Number: {
      const value = readNumber()
      if (value < 0) put(walked, MINUS)
      putDecimal(walked, <u64>abs(value))
      break
    }
    case Json.Boolean:
      put(walked, readBoolean() ? TRUE : FALSE)
      break
    case Json.Null:
      readNull()
      put(walked, NULL)
      break
    default:
      readWhole(0, 0)
  }
  put(walked, SPACE)
}
const literalOpen = literal('{')
const literalClose = literal('}')
const OPEN_LIST = literal('[')
const CLOSE_LIST = literal(']')
const COLON = literal(':')
const MINUS = literal('-')
const TRUE = literal('true')
const FALSE = literal('false')
const NULL = literal('null')
const OK = literal('ok: ')
const SKIP = literal('skip')
const TYPED = literal('{"count"')
const COUNT = literal('count')

/** The plugin's configuration is the document: `Info` tells what was read, `Error` the fault. */
export function proxy_on_configure(_root: u32, length: i32): i32 {
  beginCallback()
  if (!length) return 1
  const document = buffer(Buffer.PluginConfiguration, 0, length)
  openJson(document)
  clear(walked)
  put(walked, OK)
  if (startsWith(document, TYPED)) {
    if (enterObject()) while (nextKey()) if (equals(jsonKey, COUNT)) putDecimal(walked, <u64>readWhole(0, 10))
  } else if (startsWith(document, SKIP_DOCUMENT)) {
    if (enterArray()) while (nextItem()) put(walked, SKIP)
  } else {
    walk()
  }
  closeJson()
  log(jsonFailed ? Level.Error : Level.Info, jsonFailed ? jsonFault() : built(walked))
  return 1
}
const SKIP_DOCUMENT = literal('["skip"')

const CLUSTER = literal('grpc')
const SERVICE = literal('test.Echo')
const METHOD = literal('Say')
const NOBODY = literal('nobody')
const MESSAGE = literal('hello')
const VM = literal('probe')
const QUEUE = literal('queue')
const OTHER_QUEUE = literal('other')
const KEY = literal('key')
const COUNTER = literal('probe_total')
const VALUE = literal('a;b c')
const FOREIGN = literal('no_such_function')
let token: u32 = 0

export function proxy_on_request_headers(_stream: u32, _count: i32, _isEnd: i32): i32 {
  beginCallback()
  const path = header(Headers.Request, PATH)
  if (equals(path, literal_('/grpc-call'))) {
    tellNumber(grpcCall(CLUSTER, SERVICE, METHOD, NO_PAIRS, MESSAGE, 1000))
  } else if (equals(path, literal_('/grpc-nobody'))) {
    tellNumber(grpcCall(NOBODY, SERVICE, METHOD, NO_PAIRS, MESSAGE, 1000))
  } else if (equals(path, literal_('/grpc-stream'))) {
    tellNumber(grpcStream(CLUSTER, SERVICE, METHOD, NO_PAIRS))
    token = lastGrpcToken()
    tellNumber(sendGrpc(token, MESSAGE, false))
    tellNumber(closeGrpc(token))
  } else if (equals(path, literal_('/grpc-cancel'))) {
    grpcCall(CLUSTER, SERVICE, METHOD, NO_PAIRS, MESSAGE, 1000)
    tellNumber(cancelGrpc(lastGrpcToken()))
  } else if (equals(path, literal_('/queue'))) {
    const queue = registerQueue(QUEUE)
    tellNumber(queue != NO_QUEUE && resolveQueue(VM, QUEUE) == queue ? 1 : 0)
    tellNumber(resolveQueue(VM, OTHER_QUEUE) == NO_QUEUE ? 1 : 0)
    tellNumber(enqueue(queue, MESSAGE))
    const entry = dequeue(queue)
    addHeader(Headers.Request, RESULT, entry == ABSENT ? NULL : entry)
    tellNumber(dequeue(queue) == ABSENT ? 1 : 0)
    tellNumber(enqueue(NO_QUEUE, MESSAGE))
  } else if (equals(path, literal_('/foreign'))) {
    tellNumber(callForeign(FOREIGN, MESSAGE) == ABSENT ? 1 : 0)
    tellNumber(foreignStatus == Status.NotFound ? 1 : 0)
  } else if (equals(path, literal_('/label'))) {
    beginMetric(COUNTER)
    label(KEY, VALUE)
    incrementMetric(endMetric(Metric.Counter), 3)
  } else if (equals(path, literal_('/log'))) {
    tellNumber(isLogged(Level.Info) ? 1 : 0)
    beginLine(MESSAGE)
    field(KEY, VALUE)
    field(QUEUE, path)
    field(NOBODY, ABSENT)
    field(VM, view(LINE_BREAK, 3))
    numberField(METHOD, -12)
    endLine(Level.Warn)
  } else if (equals(path, literal_('/random'))) {
    const bytes = randomBytes(16)
    tellNumber(bytes == ABSENT ? 0 : size(bytes))
    tellNumber(randomBytes(0) == ABSENT ? 1 : 0)
  } else if (equals(path, literal_('/time'))) {
    tellNumber(monotonicTime())
    tellNumber(wallTime())
  }
  return Action.Continue
}
const LINE_BREAK: usize = memory.data<u8>([0x0a, 0x22, 0xff])

/** A literal in a callback is a leak: good enough for a probe, which tells of it by its name. */
function literal_(text: string): View {
  return literal(text)
}

const FRONT = literal('<')
const BACK = literal('>')

export function proxy_on_request_body(_stream: u32, _size: i32, isEnd: i32): i32 {
  beginCallback()
  prependBuffer(Buffer.RequestBody, FRONT)
  if (isEnd) appendBuffer(Buffer.RequestBody, BACK)
  return Action.Continue
}

export function proxy_on_response_body(_stream: u32, _size: i32, isEnd: i32): i32 {
  beginCallback()
  if (isEnd) replaceBuffer(Buffer.ResponseBody, MESSAGE)
  return Action.Continue
}

export function proxy_on_request_trailers(_stream: u32, _count: i32): i32 {
  beginCallback()
  addHeader(Headers.RequestTrailers, KEY, MESSAGE)
  return Action.Continue
}

export function proxy_on_response_trailers(_stream: u32, count: i32): i32 {
  beginCallback()
  const pairs = headerPairs(Headers.ResponseTrailers)
  if (pairCount(pairs) == count) addHeader(Headers.ResponseTrailers, KEY, MESSAGE)
  return Action.Continue
}

export function proxy_on_grpc_receive(_root: u32, _token: u32, length: i32): void {
  beginCallback()
  log(Level.Info, buffer(Buffer.GrpcMessage, 0, length))
}

export function proxy_on_grpc_close(_root: u32, _token: u32, code: i32): void {
  beginCallback()
  const message = statusMessage()
  beginLine(METHOD)
  numberField(KEY, code)
  numberField(VALUE_NAME, lastStatusCode())
  field(QUEUE, message)
  endLine(Level.Info)
}
const VALUE_NAME = literal('status')
