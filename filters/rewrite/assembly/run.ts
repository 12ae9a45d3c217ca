// Runs a rewrite, says what came of it, and answers requests whose new path must not go on.
import { GRPC_DERIVED, literal, NO_PAIRS, sendLocalReply, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { decide, Outcome } from '../../plan/assembly/decisions'
import { isDryRun } from '../../plan/assembly/operation'
import { rewrite, Rewritten } from './rewrite'

/** `path` is what `pathFor` gave. False when the request must not go on. */
export function runRewrite(operation: usize, path: View): bool {
  const result = rewrite(operation, path)
  const isUnsafe = result == Rewritten.Unsafe
  decide(operation, isUnsafe ? Outcome.Refused : result == Rewritten.Applied ? Outcome.Applied : Outcome.Skipped)
  return !isUnsafe || isDryRun(operation)
}

const DETAILS = literal('sluice_path_refused')
const BODY = literal('The rewritten path would not be safe to send\n')

export function refusePath(): void {
  sendLocalReply(400, DETAILS, BODY, NO_PAIRS, GRPC_DERIVED)
}
