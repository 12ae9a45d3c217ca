// The last good key pairs, over the end of a controller. In: what a translation leaves. Out: the same, to the controller
// that comes next on this machine. The keeper of Envoys holds them in its memory, for as long as the Envoys that serve
// them: a restart while a Secret is bad takes no certificate away, and no key is written to a disk.
import { privateText } from '../../ir/private-text.ts'
import { backoff, pause } from '../../sources/kube/backoff.ts'
import type { KeyPairs } from '../../translate/world.ts'
import type { HeldPair, KeeperClient } from './protocol.ts'

export interface LastGood {
  /** What an earlier controller left; nothing where no keeper runs, which is where no Envoy does. */
  read(): Promise<KeyPairs>
  /** All that are good now. Never blocks. */
  hold(pairs: KeyPairs): void
  /** The keeper was started again, and knows nothing. */
  again(): void
  /** Runs until the signal. */
  run(signal: AbortSignal): Promise<void>
}

export const lastGood = (
  keeper: Pick<KeeperClient, 'holdPairs' | 'heldPairs'>,
  failed: (error: unknown) => void,
): LastGood => {
  let wanted: KeyPairs | undefined
  let held: KeyPairs | undefined
  let wake: () => void = () => {}

  const read = async (): Promise<KeyPairs> => {
    try {
      return new Map((await keeper.heldPairs()).map(pair => [pair.id, { ...pair, ...typed(pair.privateKey) }]))
    } catch (error) {
      if (!NO_KEEPER.has((error as NodeJS.ErrnoException).code ?? '')) failed(error)
      return new Map()
    }
  }

  return {
    read,
    hold: pairs => {
      if (wanted && same(wanted, pairs)) return
      wanted = pairs
      wake()
    },
    again: () => {
      held = undefined
      wake()
    },
    run: async signal => {
      const waits = backoff(100, 3_000)
      while (!signal.aborted) {
        const woken = new AbortController()
        wake = () => woken.abort()
        let wait = IDLE_MS
        try {
          if (wanted && held !== wanted) {
            const next = wanted
            await keeper.holdPairs(Array.from(next.values(), plain))
            held = next
            waits.reset()
            if (next !== wanted) continue
          }
        } catch (error) {
          failed(error)
          wait = waits.next()
        }
        await pause(wait, AbortSignal.any([signal, woken.signal]))
      }
    },
  }
}

const IDLE_MS = 60_000
/** No socket, or one that nobody listens on. */
const NO_KEEPER = new Set(['ENOENT', 'ECONNREFUSED'])

const typed = (privateKey: string) => ({ type: 'KeyPair' as const, privateKey: privateText(privateKey) })

const plain = ({
  id,
  certificateChain,
  privateKey,
}: KeyPairs extends ReadonlyMap<string, infer P> ? P : never): HeldPair => ({
  id,
  certificateChain,
  privateKey: privateKey.reveal(),
})

const same = (a: KeyPairs, b: KeyPairs): boolean =>
  a.size === b.size &&
  [...a].every(([id, pair]) => {
    const other = b.get(id)
    return (
      other === pair ||
      (other?.certificateChain === pair.certificateChain && other.privateKey.reveal() === pair.privateKey.reveal())
    )
  })
