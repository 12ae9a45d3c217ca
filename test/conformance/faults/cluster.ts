// The cluster as the fault tests handle it, from within its network. In: the administrator's kubeconfig, the rig's
// folder. Out: objects written and read, an API server that is killed and comes back, what an Envoy answers.
import { spawn } from 'node:child_process'
import { openSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { KubeConfig } from '@kubernetes/client-node'
import type { KubeObject } from '../../../controller/model/object.ts'
import { type ApiClient, connect, isMissing } from '../../../controller/sources/kube/api.ts'
import { hostOf, NAMESPACE, routeFor, routeHeader } from './routes.ts'

export interface Cluster {
  createRoute(name: number | string): Promise<void>
  removeRoute(name: number | string): Promise<void>
  /** Whether the route's status says Accepted, of its generation. */
  isAccepted(name: number | string): Promise<boolean>
  /** Who leads; empty for nobody. */
  leader(): Promise<string>
  killApiServer(): Promise<void>
  /** Resolves when it is ready. */
  startApiServer(): Promise<void>
}

const ROUTES_PATH = `/apis/gateway.networking.k8s.io/v1/namespaces/${NAMESPACE}/httproutes`
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/sluice-system/leases'

interface Parents {
  status?: { parents?: { conditions: { type: string; status: string; observedGeneration: number }[] }[] }
}

export const clusterAt = (kubeconfig: string, rigFolder: string): Cluster => {
  const config = new KubeConfig()
  config.loadFromFile(kubeconfig)
  const client: ApiClient = connect(config)
  const pidFile = join(rigFolder, 'pids', 'kube-apiserver')
  let commandLine: string[] = []
  return {
    createRoute: async name => {
      await client.request('POST', ROUTES_PATH, { body: routeFor(name) })
    },
    removeRoute: async name => {
      await client.request('DELETE', `${ROUTES_PATH}/r${name}`)
    },
    isAccepted: async name => {
      const { body } = await client.request('GET', `${ROUTES_PATH}/r${name}`)
      const { metadata, status } = body as KubeObject & Parents
      return (status?.parents ?? []).some(({ conditions }) =>
        conditions.some(
          ({ type, status, observedGeneration }) =>
            type === 'Accepted' && status === 'True' && observedGeneration === metadata.generation,
        ),
      )
    },
    leader: async () => {
      const { body } = await client.request('GET', LEASES)
      const leases = (body as { items: { metadata: KubeObject['metadata']; spec: { holderIdentity?: string } }[] })
        .items
      const shared = leases.find(({ metadata, spec }) => metadata.name !== spec.holderIdentity)
      return shared?.spec.holderIdentity ?? ''
    },
    killApiServer: async () => {
      const pid = Number(readFileSync(pidFile, 'utf8'))
      commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
      process.kill(pid, 'SIGKILL')
    },
    startApiServer: async () => {
      const [command = '', ...args] = commandLine
      const log = openSync(join(rigFolder, 'logs', 'kube-apiserver.log'), 'a')
      const child = spawn(command, args, { cwd: rigFolder, stdio: ['ignore', log, log], detached: true })
      child.unref()
      // `rig down` ends what is written there.
      writeFileSync(pidFile, String(child.pid))
      await until(async () => (await client.request('GET', '/readyz', { timeoutMs: 1_000 })).status === 200)
    },
  }
}

/** The status and the header that the route adds, as an Envoy at `address` answers. */
export const answerOf = (address: string, name: number | string): Promise<{ status: number; isRight: boolean }> =>
  new Promise(resolve => {
    const call = request({ host: address, port: 80, headers: { host: hostOf(name) }, timeout: 1_000 }, response => {
      let text = ''
      response.on('data', (chunk: Buffer) => {
        text += chunk
      })
      const status = response.statusCode ?? 0
      response.on('end', () => resolve({ status, isRight: text.includes(`"${routeHeader(name)}"`) }))
      response.on('error', () => resolve({ status: 0, isRight: false }))
    })
    call.on('timeout', () => call.destroy())
    call.on('error', () => resolve({ status: 0, isRight: false }))
    call.end()
  })

/** Waits for what will come; what throws has not come yet. Throws when it takes a minute. */
export const until = async (condition: () => Promise<boolean>): Promise<void> => {
  const end = performance.now() + 60_000
  while (!(await condition().catch(error => isMissing(error) && false))) {
    if (performance.now() > end) throw new Error(`has not come true within a minute: ${condition}`)
    await sleep(10)
  }
}
