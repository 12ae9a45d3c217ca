// Requests at a steady rate, as a process of its own. In: arguments RATE ADDRESS, and a line on stdin for each time that
// somebody wants to know. Out: a line of JSON with what has been counted since the start. Open loop: a slow answer
// delays none of the requests that follow. Each answer has to be the one of its route.
import { Agent, request } from 'node:http'
import { createInterface } from 'node:readline'
import { hostOf, ROUTES, routeHeader } from './routes.ts'

export interface Counted {
  sent: number
  answered: number
  failed: number
  /** The first few that failed, and when. */
  failures: string[]
}

const TICK_MS = 20
const TIMEOUT_MS = 10_000
const [rate = '500', address = '127.0.0.1'] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: 64 })
const counted: Counted = { sent: 0, answered: 0, failed: 0, failures: [] }

const fail = (what: string): void => {
  counted.failed++
  if (counted.failures.length < 20) counted.failures.push(`${new Date().toISOString()} ${what}`)
}

const ask = (n: number): void => {
  const route = n % ROUTES
  const headers = { host: hostOf(route) }
  const call = request({ host: address, port: 80, path: `/${n}`, headers, agent, timeout: TIMEOUT_MS }, response => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('error', error => fail(`${hostOf(route)}: ${error.message}`))
    response.on('end', () => {
      counted.answered++
      const text = Buffer.concat(chunks).toString()
      if (response.statusCode !== 200) fail(`${hostOf(route)}: ${response.statusCode} ${text.slice(0, 100)}`)
      else if (!text.includes(`"${routeHeader(route)}"`)) fail(`${hostOf(route)}: another route's answer`)
    })
  })
  call.on('timeout', () => call.destroy(new Error('no answer')))
  call.on('error', error => fail(`${hostOf(route)}: ${error.message}`))
  call.end()
  counted.sent++
}

const begun = performance.now()
const timer = setInterval(() => {
  const due = ((performance.now() - begun) / 1000) * Number(rate)
  while (counted.sent < due) ask(counted.sent)
}, TICK_MS)
createInterface({ input: process.stdin })
  .on('line', () => console.log(JSON.stringify(counted)))
  .on('close', () => {
    clearInterval(timer)
    agent.destroy()
  })
