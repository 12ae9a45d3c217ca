// A kept child comes back when it dies and is gone when we are, however we end.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { expect } from 'chai'
import { type ChildEvent, keepRunning } from '../../controller/infra/child.ts'
import { alive, descendants, gone } from '../run/processes.ts'

const sleeper = { name: 'sleeper', command: 'sleep', args: ['600'], grace: 1000 }

function recorder() {
  const events: ChildEvent[] = []
  const waiting = new Set<() => void>()
  return {
    events,
    onEvent: (event: ChildEvent) => {
      events.push(event)
      for (const look of waiting) look()
    },
    until: (test: (events: ChildEvent[]) => boolean) =>
      new Promise<void>(done => {
        const look = () => {
          if (!test(events)) return
          waiting.delete(look)
          done()
        }
        waiting.add(look)
        look()
      }),
  }
}

describe('keepRunning', () => {
  it('starts it again when it dies', async () => {
    const { events, onEvent, until } = recorder()
    const kept = keepRunning(sleeper, { onEvent })
    const first = kept.process?.pid ?? 0
    process.kill(first, 'SIGKILL')
    await until(all => all.filter(event => event.type === 'started').length === 2)
    expect(events[1]).to.deep.include({ type: 'ended', why: 'killed by SIGKILL', pid: first })
    expect(kept.process?.pid).not.to.equal(first)
    await kept.stop()
  })

  it('waits longer each time while it keeps dying, five seconds at most', async () => {
    const { events, onEvent, until } = recorder()
    const kept = keepRunning({ ...sleeper, command: 'false', args: [] }, { onEvent, random: () => 1 })
    await until(all => all.filter(event => event.type === 'ended').length === 4)
    await kept.stop()
    const waits = events.flatMap(event => (event.type === 'ended' ? [event.againInMs] : []))
    expect(waits).to.deep.equal([50, 100, 200, 400])
  })

  it('says so when there is nothing to start, and tries again', async () => {
    const { events, onEvent, until } = recorder()
    const kept = keepRunning({ ...sleeper, command: '/nowhere/at/all' }, { onEvent })
    await until(all => all.length === 2)
    await kept.stop()
    expect(events[0]).to.deep.include({ type: 'failed', name: 'sleeper' })
  })

  it('kills what does not end on SIGTERM', async () => {
    const { onEvent } = recorder()
    const stubborn = {
      ...sleeper,
      command: 'sh',
      args: ['-c', 'trap "" TERM; echo up; while :; do sleep 0.05; done'],
      grace: 50,
    }
    const kept = keepRunning({ ...stubborn, options: { stdio: ['ignore', 'pipe', 'ignore'] } }, { onEvent })
    const child = kept.process
    await once(child?.stdout as NodeJS.EventEmitter, 'data')
    await kept.stop()
    expect(child?.signalCode).to.equal('SIGKILL')
  })

  describe('when the keeper is killed', () => {
    const keeper = () => {
      const child = spawn(process.execPath, [resolve(import.meta.dirname, 'keeper.ts')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      return { child, started: once(child.stdout, 'data') }
    }

    it('leaves nothing', async () => {
      const { child, started } = keeper()
      await started
      const below = descendants(child.pid ?? 0)
      expect(below).to.have.lengthOf(2)
      child.kill('SIGKILL')
      await gone(below)
    })

    it('leaves nothing when the lifeline had been killed before', async () => {
      const { child, started } = keeper()
      const line = Number(String((await started)[0]).split(' ')[1])
      const before = descendants(child.pid ?? 0)
      process.kill(line, 'SIGKILL')
      await until(() => {
        const now = descendants(child.pid ?? 0).filter(alive)
        return now.length === 2 && !now.includes(line)
      })
      const below = descendants(child.pid ?? 0)
      child.kill('SIGKILL')
      await gone([...below, ...before])
    })
  })
})

async function until(test: () => boolean): Promise<void> {
  while (!test()) await new Promise(done => setTimeout(done, 5))
}
