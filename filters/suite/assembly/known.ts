// Plans that have been read, by the name of their route: a name that ends with the key of its plan stands for that plan for ever, so
// the plan is read, checked and taken apart once. A fixed table, direct-mapped by what stands before the key, so that the next plan
// of a route takes the place of its last one; a plan whose place was taken by another route's is read again. Plans of routes without such a name are taken apart in a place of their own, until the callback ends.
import { ABSENT, equals, giveBack, obtain, size, start, View, view } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { routeHash } from '../../plan/assembly/key'
import { forgetMemo } from '../../plan/assembly/memo'
import { isFirstAttemptOnly, ruleOf, section } from '../../plan/assembly/sections'
import {
  SECTION_CLUSTER_REQUEST,
  SECTION_CLUSTER_RESPONSE,
  SECTION_DOWNSTREAM_REQUEST,
  SECTION_DOWNSTREAM_RESPONSE,
  SECTION_UPSTREAM_REQUEST,
  SECTION_UPSTREAM_RESPONSE,
} from '../../plan/layout'

/** A checked plan and its parts; lists that it does not have are `ABSENT`. */
@unmanaged
export class Known {
  /** Another number for each plan that comes to this place. */
  stamp: u32
  /** Of the name and the plan; 0 when the place is free, or the plan is not kept. */
  block: usize
  name: View
  plan: View
  rule: View
  downstreamRequest: View
  downstreamResponse: View
  upstreamRequest: View
  upstreamResponse: View
  isPerCluster: bool
  isFirstAttemptOnly: bool
  /** Cells of memos, for plans that are kept. */
  requestMemo: usize
  responseMemo: usize
}

/** A power of two. */
const PLACES: u32 = 4096
/** Name and plan of one that is kept; so all of them hold 8 MiB at most, and some 2 MiB as plans are. */
const MOST: i32 = 2048
const PLACE: usize = offsetof<Known>()

const places: usize = newPlaces()
const passing = changetype<Known>(places + <usize>PLACES * PLACE)
let stamps: u32 = 0

function newPlaces(): usize {
  const bytes = (<usize>PLACES + 1) * PLACE
  const at = heap.alloc(bytes)
  memory.fill(at, 0, bytes)
  return at
}

// @ts-ignore: decorator
@inline
function placeOf(name: View): Known {
  return changetype<Known>(places + <usize>(routeHash(name) & (PLACES - 1)) * PLACE)
}

/** The plan of a route whose name has a key, or 0. */
export function knownAs(name: View): usize {
  const known = placeOf(name)
  return known.block && equals(known.name, name) ? changetype<usize>(known) : 0
}

/** Keeps a checked plan under the name that has its key, and gives its parts. */
export function learnAs(name: View, plan: View): usize {
  const block = size(name) + size(plan) > MOST ? 0 : obtain(<usize>(size(name) + size(plan)))
  if (!block) return takeApart(plan)
  const known = placeOf(name)
  giveBack(known.block)
  forgetMemo(requestMemoOf(changetype<usize>(known)))
  forgetMemo(responseMemoOf(changetype<usize>(known)))
  memory.copy(block, start(name), <usize>size(name))
  memory.copy(block + <usize>size(name), start(plan), <usize>size(plan))
  known.block = block
  known.name = view(block, size(name))
  fill(known, view(block + <usize>size(name), size(plan)))
  return changetype<usize>(known)
}

/** The parts of a checked plan, until the callback ends. */
export function takeApart(plan: View): usize {
  fill(passing, plan)
  return changetype<usize>(passing)
}

function fill(known: Known, plan: View): void {
  known.stamp = ++stamps
  known.plan = plan
  known.rule = ruleOf(plan)
  known.downstreamRequest = section(plan, SECTION_DOWNSTREAM_REQUEST)
  known.downstreamResponse = section(plan, SECTION_DOWNSTREAM_RESPONSE)
  known.upstreamRequest = section(plan, SECTION_UPSTREAM_REQUEST)
  known.upstreamResponse = section(plan, SECTION_UPSTREAM_RESPONSE)
  known.isPerCluster =
    section(plan, SECTION_CLUSTER_REQUEST) != ABSENT || section(plan, SECTION_CLUSTER_RESPONSE) != ABSENT
  known.isFirstAttemptOnly = isFirstAttemptOnly(plan)
}

/** The cell for the memo of request operations; 0 for a plan that is not kept. */
export function requestMemoOf(known: usize): usize {
  return changetype<Known>(known).block ? known + offsetof<Known>('requestMemo') : 0
}

export function responseMemoOf(known: usize): usize {
  return changetype<Known>(known).block ? known + offsetof<Known>('responseMemo') : 0
}
