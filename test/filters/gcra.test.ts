import { expect } from 'chai'
import fc from 'fast-check'
import { drained, hasRoom, nanosecondsToEmpty, secondsUntilRoom } from '../../filters/rate-limit/gcra.ts'

const units = fc.constantFrom(1, 60, 3600, 86400, 2592000)
const rates = fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 0xffffffff }))

/** A bucket that is asked at each of these times (in nanoseconds, ascending): how many were let through. */
const granted = (times: number[], requests: number, unit: number, burst: number): number => {
  let level = 0
  let at = 0
  let count = 0
  for (const now of times) {
    const left = drained(level, now - at, requests, unit, burst)
    if (!hasRoom(left, burst)) continue
    level = left + 1
    at = now
    count++
  }
  return count
}

describe('the rate limit’s arithmetic', () => {
  it('lets a burst through at once and then one at a time, exactly on time', () => {
    const second = 1e9
    expect(granted([0, 0, 0, 0], 3, 1, 3)).to.equal(3)
    for (const requests of [1, 3, 7, 1000, 999_983]) {
      const step = second / requests
      const times = Array.from({ length: 2000 }, (_, i) => i * Math.ceil(step))
      expect(granted(times, requests, 1, 1), String(requests)).to.equal(2000)
    }
  })

  it('never grants more than the burst and what has drained, whatever the times', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 3e9 }), { maxLength: 200 })
    fc.assert(
      fc.property(gaps, rates, units, fc.integer({ min: 0, max: 50 }), (gaps, requests, unit, burst) => {
        let now = 0
        const times = gaps.map(gap => {
          now += gap
          return now
        })
        const most = burst + Math.ceil(((times.at(-1) ?? 0) - (times[0] ?? 0)) * (requests / (unit * 1e9))) + 1e-3
        expect(granted(times, requests, unit, burst)).to.be.at.most(most)
      }),
    )
  })

  it('lets one through after the seconds it names, and not one second earlier', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        units,
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (requests, unit, burst, over) => {
          const level = burst - 0.999 + over
          fc.pre(!hasRoom(level, burst))
          const wait = secondsUntilRoom(level, burst, requests, unit)
          expect(hasRoom(drained(level, wait * 1e9, requests, unit, burst), burst)).to.equal(true)
          if (wait > 1) expect(hasRoom(drained(level, (wait - 1) * 1e9, requests, unit, burst), burst)).to.equal(false)
        },
      ),
    )
  })

  it('is empty when it says so', () => {
    fc.assert(
      fc.property(rates, units, fc.double({ min: 0, max: 1e6, noNaN: true }), (requests, unit, level) => {
        const elapsed = nanosecondsToEmpty(level, requests, unit) * (1 + 1e-9) + 1
        expect(drained(level, elapsed, requests, unit, level)).to.be.below(1e-3)
      }),
    )
  })

  it('holds no more than the burst of now, whatever an earlier limit let in: it opens within the time that one takes', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e10, noNaN: true }),
        fc.integer({ min: -1000, max: 100_000 }),
        fc.integer({ min: 1, max: 100_000 }),
        units,
        fc.integer({ min: 1, max: 1000 }),
        (level, elapsed, requests, unit, burst) => {
          const left = drained(level, elapsed * 1e9, requests, unit, burst)
          expect(left).to.equal(drained(Math.min(level, burst), elapsed * 1e9, requests, unit, burst))
          expect(left).to.be.within(0, burst)
          if (!hasRoom(left, burst))
            expect(secondsUntilRoom(left, burst, requests, unit)).to.be.at.most(Math.ceil(unit / requests))
          const whole = (burst * unit * 1e9) / requests
          expect(drained(level, whole * (1 + 1e-9), requests, unit, burst)).to.be.below(1e-3)
        },
      ),
    )
  })

  it('drains nothing when the clock goes back, and never what has no rate', () => {
    expect(drained(2, -5e9, 100, 1, 2)).to.equal(2)
    expect(drained(2, 1e18, 0, 1, 2)).to.equal(2)
    expect(hasRoom(0, 0)).to.equal(false)
    expect(secondsUntilRoom(0, 0, 0, 60)).to.equal(60)
    expect(nanosecondsToEmpty(1, 0, 60)).to.equal(9e18)
  })

  it('holds at the largest limits', () => {
    const most = 0xffffffff
    expect(hasRoom(most - 1, most)).to.equal(true)
    expect(hasRoom(most, most)).to.equal(false)
    expect(drained(most, 1e9, most, 1, most)).to.equal(0)
    expect(secondsUntilRoom(most, most, 1, 2592000)).to.equal(2592000)
    expect(Number.isFinite(nanosecondsToEmpty(most, 1, 2592000))).to.equal(true)
  })
})
