// The configurations of a module that is configured by hand: operations for requests and for responses by root. Several may live
// in one VM: other plugins', and that of before a change while its last streams go on. There is no callback for the beginning
// or the end of a stream, which would cost each request: while one configuration lives it is everybody's, while several do, each
// stream asks the host for its root. A root that has no streams any more has no ticks any more either (Envoy ends them when the
// last stream lets go of it), and is forgotten then. A configuration with a fault is refused with one log line, and the old
// one stays.
import {
  ABSENT,
  beginCallback,
  beginLine,
  endLine,
  giveBack,
  handOver,
  handOverEvery,
  jsonFailed,
  jsonFault,
  keep,
  Level,
  literal,
  nameRoot,
  obtain,
  quotedField,
  runningRoot,
  start,
  View,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { beginDecisions, continueDecisions, recordAlone } from '../../plan/assembly/decisions'
import { forgetMemo } from '../../plan/assembly/memo'
import { attempt } from '../../plan/assembly/request'
import { HAND_OVER_MILLISECONDS } from '../../suite/names'
import { hasOverflown } from './writer'

@unmanaged
export class Configuration {
  root: u32
  /** The next one that lives. */
  next: usize
  /** In records; empty when none are written. */
  name: View
  request: View
  response: View
  /** Cells of memos. */
  requestMemo: usize
  responseMemo: usize
  /** Requests since an attempt was last numbered, and since a record was last found: see `isDue`. */
  attempts: u32
  records: u32
  /** When it ticked last, in ticks of all. */
  ticked: u32
}

const REFUSED = literal('sluice: configuration refused')
const FAULT = literal('fault')
const TOO_LARGE = literal('is larger than 64 KiB')
const NOT_ALONE = literal('each plugin needs a vm_id here')

/** Where the address of the first one stands. */
const FIRST: usize = memory.data(4, 4)
const NEXT: usize = offsetof<Configuration>('next')
let living: u32 = 0
/** The only one, 0 while there are several. */
let only: usize = 0
let ticks: u32 = 0
/** A root whose ticks stay away for so many rounds of the others' is gone. */
const ROUNDS: u32 = 4

export function refuse(fault: View): i32 {
  beginLine(REFUSED)
  quotedField(FAULT, fault)
  endLine(Level.Error)
  return 0
}

/**
 * Takes up what was read from JSON; `ABSENT` lists are empty. What `proxy_on_configure` is to return. Only `writer.ts` has
 * written the operations: their lengths are right, and nothing behind this looks at them again.
 */
export function configure(root: u32, name: View, request: View, response: View): i32 {
  if (jsonFailed) return refuse(jsonFault())
  if (!nameRoot(root) && living) return refuse(NOT_ALONE)
  const at = hasOverflown ? 0 : obtain(offsetof<Configuration>())
  if (!at) return refuse(TOO_LARGE)
  forget(root)
  const configuration = changetype<Configuration>(at)
  configuration.root = root
  configuration.name = keep(name)
  configuration.request = keep(request)
  configuration.response = keep(response)
  configuration.ticked = ticks
  configuration.next = load<usize>(FIRST)
  store<usize>(FIRST, at)
  setLiving(living + 1)
  handOverEvery(HAND_OVER_MILLISECONDS)
  return 1
}

/** A callback of the module, as it is. */
export function proxy_on_tick(root: u32): void {
  beginCallback()
  handOver()
  ticks++
  const own = load<usize>(linkTo(root))
  if (own) changetype<Configuration>(own).ticked = ticks
  for (let at = load<usize>(FIRST); at; ) {
    const configuration = changetype<Configuration>(at)
    at = configuration.next
    if (ticks - configuration.ticked > ROUNDS * living) forget(configuration.root)
  }
}

/** Where the address of the root's configuration stands, or the 0 at the end. */
function linkTo(root: u32): usize {
  let link = FIRST
  for (let at = load<usize>(link); at && changetype<Configuration>(at).root != root; at = load<usize>(link)) link = at + NEXT
  return link
}

function setLiving(count: u32): void {
  living = count
  only = count == 1 ? load<usize>(FIRST) : 0
}

function forget(root: u32): void {
  const link = linkTo(root)
  const at = load<usize>(link)
  if (!at) return
  const configuration = changetype<Configuration>(at)
  store<usize>(link, configuration.next)
  setLiving(living - 1)
  forgetMemo(requestMemoOf(at))
  forgetMemo(responseMemoOf(at))
  giveBackBytes(configuration.name)
  giveBackBytes(configuration.request)
  giveBackBytes(configuration.response)
  giveBack(at)
}

/** `ABSENT` is nothing. */
function giveBackBytes(kept: View): void {
  giveBack(start(kept))
}

/** The configuration of the running stream, or 0. */
export function running(): usize {
  return only ? only : living ? load<usize>(linkTo(runningRoot())) : 0
}

// @ts-ignore: decorator
@inline
function requestMemoOf(configuration: usize): usize {
  return configuration + offsetof<Configuration>('requestMemo')
}

// @ts-ignore: decorator
@inline
export function responseMemoOf(configuration: usize): usize {
  return configuration + offsetof<Configuration>('responseMemo')
}

/** Begins the request callback of a stream: its configuration, or 0 when there is nothing to do. */
export function beginRequest(): usize {
  beginCallback()
  beginDecisions()
  const at = running()
  return at && changetype<Configuration>(at).request != ABSENT ? at : 0
}

/** Whether the request has been here before, as on a retry: then it has nothing to do. */
export function isRepeated(at: usize): bool {
  const configuration = changetype<Configuration>(at)
  if (!isDue(configuration.attempts++)) return false
  const number = attempt()
  if (number > 0) configuration.attempts = 0
  return number > 1
}

/** Ends it: what was decided is counted and recorded. */
export function endRequest(at: usize): void {
  const configuration = changetype<Configuration>(at)
  if (!isDue(configuration.records++)) recordAlone(requestMemoOf(at), configuration.name)
  else if (continueDecisions(configuration.name)) configuration.records = 0
}

/**
 * What Envoy is asked for at 0.7 microseconds a request, and a root finds always or never: the number of the attempt is known
 * behind the router only, an earlier record only behind another of these modules. Asked for until it was missing 64 times
 * running, and then every 64th time.
 */
function isDue(misses: u32): bool {
  return misses < 64 || (misses & 63) == 0
}
