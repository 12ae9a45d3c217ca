// Does what a request's path says with streams, whole header maps, gauges and histograms, and logs how it went: the parts of the
// SDK that `probe.ts` leaves out. Its roots end late, by `finishDone`.
import {
  ABSENT,
  Action,
  actFor,
  addPair,
  beginCallback,
  beginLine,
  beginPairs,
  BodyAction,
  Buffer,
  buffer,
  bufferSize,
  built,
  CAS_ANY,
  clear,
  closePairs,
  closeStream,
  continueStream,
  defineMetric,
  Direction,
  endLine,
  equals,
  field,
  finishDone,
  header,
  headerBytes,
  headerPairs,
  Headers,
  HeadersAction,
  hostView,
  httpCall,
  incrementMetric,
  lastCallToken,
  lastCas,
  Level,
  literal,
  logLevel,
  Metric,
  metricValue,
  monotonicTime,
  newBuilder,
  nextPair,
  NO_METRIC,
  NO_PAIRS,
  numberField,
  openPairs,
  pairName,
  pairValue,
  putByte,
  recordMetric,
  setBuffer,
  setHeaderPairs,
  setSharedData,
  setTickPeriod,
  sharedData,
  size,
  Status,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
export { malloc, proxy_abi_version_0_2_1 } from 'proxy-wasm-assemblyscript-sdk/assembly'

const PATH = literal(':path')
const NAME = literal('x-new')
const VALUE = literal('value')
const OLD = literal('x-old')
const RESULT = literal('result')
const VM = literal('vm')
const DONE = literal('done')
const PAIRS = literal('/pairs')
const METRICS = literal('/metrics')
const LAST = literal('/last')
const NOWHERE = literal('nowhere')
const BACKEND = literal('backend')
const PAUSE = literal('/pause')
const CLOSE = literal('/close')
const UPSTREAM = literal('/upstream')
const END = literal('/end')
const BUFFER = literal('/buffer')
const WATERMARK = literal('/watermark')
const GAUGE = literal('gauge')
const HISTOGRAM = literal('histogram')
const EMPTY = literal('empty')

let paused: u32 = 0
let isEnding: bool = false

function tell(number: i64): void {
  beginLine(RESULT)
  numberField(VALUE, number)
  endLine(Level.Info)
}

export function proxy_on_vm_start(_root: u32, length: i32): i32 {
  beginCallback()
  beginLine(VM)
  field(VALUE, buffer(Buffer.VmConfiguration, 0, length))
  const none = hostView(0, 5)
  numberField(EMPTY, none == ABSENT ? -1 : size(none))
  endLine(Level.Info)
  tell(bufferSize(Buffer.VmConfiguration) == length ? 1 : 0)
  tell(logLevel())
  return 1
}

export function proxy_on_configure(_root: u32, _size: i32): i32 {
  setTickPeriod(10)
  return 1
}

export function proxy_on_request_headers(stream: u32, _count: i32, _isEnd: i32): i32 {
  beginCallback()
  const path = header(Headers.Request, PATH)
  if (equals(path, PAIRS)) replacePairs()
  else if (equals(path, METRICS)) measure()
  else if (equals(path, LAST)) rememberLast()
  else if (equals(path, PAUSE)) {
    paused = stream
    return Action.Pause
  } else if (equals(path, CLOSE)) {
    tell(closeStream(Direction.Request))
    return Action.Pause
  } else if (equals(path, UPSTREAM)) {
    tell(continueStream(Direction.Downstream))
    tell(continueStream(Direction.Upstream))
    tell(continueStream(Direction.Upstream + 1))
  } else if (equals(path, END)) return HeadersAction.ContinueAndEndStream
  else if (equals(path, BUFFER)) return HeadersAction.StopAllIterationAndBuffer
  else if (equals(path, WATERMARK)) return HeadersAction.StopAllIterationAndWatermark
  return Action.Continue
}

/** All headers but one, and a new one. */
function replacePairs(): void {
  tell(headerBytes(Headers.Request))
  tell(headerBytes(Headers.CallResponse))
  const all = headerPairs(Headers.Request)
  if (!openPairs(16, 1024)) return
  beginPairs(all)
  while (nextPair()) if (!equals(pairName, OLD)) addPair(pairName, pairValue)
  addPair(NAME, VALUE)
  tell(setHeaderPairs(Headers.Request, closePairs()))
}

function measure(): void {
  const gauge = defineMetric(Metric.Gauge, GAUGE)
  tell(recordMetric(gauge, 7))
  tell(incrementMetric(gauge, -2))
  tell(metricValue(gauge))
  const histogram = defineMetric(Metric.Histogram, HISTOGRAM)
  tell(recordMetric(histogram, 12))
  // A host has no single number to give of a histogram.
  tell(metricValue(histogram))
  tell(recordMetric(NO_METRIC, 1))
  tell(metricValue(NO_METRIC))
}

/** What calls have brought stays until the next one of their kind succeeds, whatever other calls bring. */
function rememberLast(): void {
  const headers = headerPairs(Headers.Request)
  tell(setSharedData(NAME, VALUE, CAS_ANY))
  sharedData(NAME)
  tell(httpCall(BACKEND, headers, VALUE, NO_PAIRS, 1000))
  const token = lastCallToken()
  const cas = lastCas()
  logLevel()
  monotonicTime()
  sharedData(OLD)
  tell(httpCall(NOWHERE, headers, VALUE, NO_PAIRS, 1000) == Status.Ok ? 1 : 0)
  tell(cas > 0 && lastCas() == cas ? 1 : 0)
  tell(token > 0 && lastCallToken() == token ? 1 : 0)
}

/** Says how many bytes there are; the body's first byte says what becomes of the piece. */
export function proxy_on_request_body(_stream: u32, length: i32, isEnd: i32): i32 {
  beginCallback()
  const first = buffer(Buffer.RequestBody, 0, 1)
  tell(bufferSize(Buffer.RequestBody))
  tell(bufferSize(99))
  if (isEnd || length == 0) return Action.Continue
  if (equals(first, REPLACE)) {
    clear(replacement)
    putByte(replacement, 0x21)
    setBuffer(Buffer.RequestBody, 0, 1, built(replacement))
  }
  if (equals(first, GATHER)) return BodyAction.StopIterationAndBuffer
  if (equals(first, HOLD)) return BodyAction.StopIterationAndWatermark
  return equals(first, DROP) ? BodyAction.StopIterationNoBuffer : Action.Continue
}
const GATHER = literal('g')
const HOLD = literal('h')
const DROP = literal('d')
const REPLACE = literal('r')
const replacement = newBuilder(8)

export function proxy_on_tick(root: u32): void {
  beginCallback()
  if (paused) {
    actFor(paused)
    continueStream(Direction.Request)
    paused = 0
    actFor(root)
  }
  if (isEnding) tell(finishDone())
}

export function proxy_on_done(context: u32): i32 {
  isEnding = context == 1
  return isEnding ? 0 : 1
}

export function proxy_on_delete(context: u32): void {
  beginCallback()
  beginLine(DONE)
  numberField(VALUE, context)
  endLine(Level.Info)
}
