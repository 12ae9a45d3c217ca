// One plugin on one stream: the module's stream context, and the rules of Envoy's Wasm filter about what is in reach when
// (`Context` in source/extensions/common/wasm/context.cc).
import { BufferType, DataStatus, HeadersStatus, MapType, Status, StreamType } from './abi.ts'
import type { Body } from './bytes.ts'
import { type Buffer, Context, ignore, type LocalReply, type RootContext } from './context.ts'
import type { HeaderMap } from './headers.ts'
import type { Property } from './properties.ts'
import type { Run } from './run.ts'
import type { Vm } from './vm.ts'

/** What a filter asks of the stream it sits in. */
export interface Stream {
  readonly filterState: Map<string, Uint8Array>
  resumeRequest(filter: HttpFilter): Run<void>
  resumeResponse(filter: HttpFilter): Run<void>
  reset(details: string): Run<void>
  localReply(filter: HttpFilter, reply: LocalReply): Run<void>
  /** What is held back of the request; made when asked for. */
  requestBuffer(filter: HttpFilter): Body
  responseBuffer(filter: HttpFilter): Body
  addRequestTrailers(filter: HttpFilter): HeaderMap
  addResponseTrailers(filter: HttpFilter): HeaderMap
  clearRoute(filter: HttpFilter): void
  attribute(filter: HttpFilter, name: string): Property
  /** The maps as they stand, for the log phase. */
  finalMaps(): { request?: HeaderMap; response?: HeaderMap; responseTrailers?: HeaderMap }
}

export interface FilterRules {
  /** Of the plugin's configuration: `StopIteration` is taken literally instead of stopping everything. */
  onHeadersStop: 'stop-all' | 'as-returned'
  /** Called when the stream is over. */
  gone(): Run<void>
}

export class HttpFilter extends Context {
  readonly #root: RootContext
  readonly #stream: Stream
  readonly #rules: FilterRules
  requestHeaders: HeaderMap | undefined
  requestTrailers: HeaderMap | undefined
  responseHeaders: HeaderMap | undefined
  responseTrailers: HeaderMap | undefined
  #requestBody: Body | undefined
  #responseBody: Body | undefined
  #holdingRequest = false
  #holdingResponse = false
  #ended = false
  #destroyed = false
  #inCallback = false
  #failureReplied = false

  constructor(vm: Vm, root: RootContext, stream: Stream, rules: FilterRules) {
    super(vm)
    this.#root = root
    this.#stream = stream
    this.#rules = rules
  }

  override get root(): RootContext {
    return this.#root
  }

  override get filterState(): Map<string, Uint8Array> {
    return this.#stream.filterState
  }

  override map(type: number): HeaderMap | undefined {
    switch (type) {
      case MapType.RequestHeaders:
        return this.requestHeaders
      case MapType.RequestTrailers:
        // Trailers may be made in the callback of the last data.
        if (!this.requestTrailers && this.#requestBody && this.#ended) {
          this.requestTrailers = this.#stream.addRequestTrailers(this)
        }
        return this.requestTrailers
      case MapType.ResponseHeaders:
        return this.responseHeaders
      case MapType.ResponseTrailers:
        if (!this.responseTrailers && this.#responseBody && this.#ended) {
          this.responseTrailers = this.#stream.addResponseTrailers(this)
        }
        return this.responseTrailers
      default:
        return undefined
    }
  }

  override readMap(type: number): HeaderMap | undefined {
    const final = this.logging ? this.#stream.finalMaps() : undefined
    switch (type) {
      case MapType.RequestHeaders:
        return final ? final.request : this.requestHeaders
      case MapType.RequestTrailers:
        return final ? undefined : this.requestTrailers
      case MapType.ResponseHeaders:
        return final ? final.response : this.responseHeaders
      case MapType.ResponseTrailers:
        return final ? final.responseTrailers : this.responseTrailers
      default:
        return super.readMap(type)
    }
  }

  protected override findBuffer(type: number): Buffer | undefined {
    if (type === BufferType.RequestBody) {
      if (this.#holdingRequest) return this.#stream.requestBuffer(this)
      if (this.#requestBody) return this.#requestBody
    }
    if (type === BufferType.ResponseBody) {
      if (this.#holdingResponse) return this.#stream.responseBuffer(this)
      if (this.#responseBody) return this.#responseBody
    }
    return super.findBuffer(type)
  }

  override attribute(name: string): Property {
    return this.#stream.attribute(this, name) ?? super.attribute(name)
  }

  override requestHeadersChanged(): void {
    this.#stream.clearRoute(this)
  }

  override localReply(reply: LocalReply): void {
    if (this.logging)
      throw new Error('proxy_send_local_response in proxy_on_log: Envoy would call itself until it dies')
    this.vm.later(() => this.#stream.localReply(this, reply))
  }

  override continueStream(type: number): number {
    if (type === StreamType.Downstream) return Status.Ok
    if (type === StreamType.Upstream) return Status.Unimplemented
    if (type === StreamType.Request) this.vm.later(() => this.#stream.resumeRequest(this))
    else this.vm.later(() => this.#stream.resumeResponse(this))
    // As Envoy: also when it is the response that continues.
    this.requestHeaders = undefined
    this.#requestBody = undefined
    this.requestTrailers = undefined
    return Status.Ok
  }

  override closeStream(type: number): number {
    if (type <= StreamType.Response) this.vm.later(() => this.#stream.reset('wasm_close_stream'))
    return Status.Ok
  }

  *onRequestHeaders(headers: HeaderMap, end: boolean): Run<number> {
    yield* this.create(this.#root.id)
    this.requestHeaders = headers
    this.#ended = end
    const status = yield* this.#headers('proxy_on_request_headers', headers.size, end)
    if (status === HeadersStatus.Continue) this.requestHeaders = undefined
    return status
  }

  *onRequestData(data: Body, end: boolean): Run<number> {
    if (!this.created) return DataStatus.Continue
    if (this.#holdingRequest) {
      this.#stream.requestBuffer(this).move(data)
      if (this.#destroyed) return DataStatus.StopAndBuffer
    }
    this.#requestBody = data
    this.#ended = end
    const size = this.buffer(BufferType.RequestBody)!.length
    const status = yield* this.#data('proxy_on_request_body', size, end)
    this.#holdingRequest = status === DataStatus.StopAndBuffer
    if (status === DataStatus.Continue) this.#requestBody = undefined
    return status
  }

  *onRequestTrailers(trailers: HeaderMap): Run<number> {
    if (!this.created) return HeadersStatus.Continue
    this.requestTrailers = trailers
    const status = yield* this.#trailers('proxy_on_request_trailers', trailers.size)
    if (status === HeadersStatus.Continue) this.requestTrailers = undefined
    return status
  }

  *onResponseHeaders(headers: HeaderMap, end: boolean): Run<number> {
    if (!this.created || this.#failureReplied) return HeadersStatus.Continue
    this.responseHeaders = headers
    this.#ended = end
    const status = yield* this.#headers('proxy_on_response_headers', headers.size, end)
    if (status === HeadersStatus.Continue) this.responseHeaders = undefined
    return status
  }

  *onResponseData(data: Body, end: boolean): Run<number> {
    if (!this.created || this.#failureReplied) return DataStatus.Continue
    if (this.#holdingResponse) {
      this.#stream.responseBuffer(this).move(data)
      if (this.#destroyed) return DataStatus.StopAndBuffer
    }
    this.#responseBody = data
    this.#ended = end
    const size = this.buffer(BufferType.ResponseBody)!.length
    const status = yield* this.#data('proxy_on_response_body', size, end)
    this.#holdingResponse = status === DataStatus.StopAndBuffer
    if (status === DataStatus.Continue) this.#responseBody = undefined
    return status
  }

  *onResponseTrailers(trailers: HeaderMap): Run<number> {
    if (!this.created || this.#failureReplied) return HeadersStatus.Continue
    this.responseTrailers = trailers
    const status = yield* this.#trailers('proxy_on_response_trailers', trailers.size)
    if (status === HeadersStatus.Continue) this.responseTrailers = undefined
    return status
  }

  /** The stream is over: logged, then done with. */
  *logAndDestroy(): Run<void> {
    if (!this.created) yield* this.create(this.#root.id)
    if (this.vm.has('proxy_on_log')) {
      this.logging = true
      yield* this.vm.call(this, 'proxy_on_log', [], ignore)
      this.logging = false
    }
    yield* this.destroy()
  }

  *destroy(): Run<void> {
    if (this.#destroyed) return
    this.#destroyed = true
    if (this.created) {
      yield* this.done()
      yield* this.delete()
    }
    this.vm.forget(this.id)
    yield* this.#rules.gone()
  }

  /** The VM died during a callback of this stream, or before it (cpp-host `CHECK_FAIL`). */
  override *trapped(): Run<void> {
    // `FAIL_OPEN`, too: it spares the streams that come after, not those that are in the dead VM.
    if (!this.#inCallback || this.#failureReplied) return
    this.#failureReplied = true
    const reply = { status: 503, body: '', headers: [], grpcStatus: 14, details: 'wasm_fail_stream' }
    yield* this.#stream.localReply(this, reply)
  }

  *#headers(callback: string, size: number, end: boolean): Run<number> {
    const args = this.vm.info.abi === '0.1.0' ? [size] : [size, end ? 1 : 0]
    const failed = HeadersStatus.StopAllAndWatermark
    return yield* this.#ask(callback, args, failed, answer => {
      if (this.vm.stopNext || answer > HeadersStatus.StopAllAndWatermark) return HeadersStatus.StopAllAndWatermark
      // "Continue and end the stream" is in the ABI, not in Envoy.
      if (answer === 2) return HeadersStatus.Continue
      const converts = answer === HeadersStatus.StopIteration && this.#rules.onHeadersStop === 'stop-all'
      return converts ? HeadersStatus.StopAllAndWatermark : answer
    })
  }

  *#data(callback: string, size: number, end: boolean): Run<number> {
    return yield* this.#ask(callback, [size, end ? 1 : 0], DataStatus.StopNoBuffer, answer =>
      this.vm.stopNext || answer > DataStatus.StopNoBuffer ? DataStatus.StopNoBuffer : answer,
    )
  }

  *#trailers(callback: string, size: number): Run<number> {
    return yield* this.#ask(callback, [size], HeadersStatus.StopIteration, answer =>
      this.vm.stopNext || answer > HeadersStatus.StopIteration ? HeadersStatus.StopIteration : answer,
    )
  }

  *#ask(callback: string, args: number[], failed: number, convert: (answer: number) => number): Run<number> {
    this.#inCallback = true
    if (this.vm.failed) {
      yield* this.trapped()
      this.#inCallback = false
      return failed
    }
    const status = this.vm.has(callback)
      ? yield* this.vm.call(this, callback, args, answer => (answer === undefined ? failed : convert(answer)))
      : 0
    this.#inCallback = false
    return status
  }
}
