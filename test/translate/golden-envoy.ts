// A golden case in the real Envoy: its bootstrap on free ports, its endpoints 127.0.0.1:9001, 9002 and 9003 the backends
// that a test runs.
import { join } from 'node:path'
import { staticBootstrap } from '../../controller/emit/static.ts'
import { translate } from '../../controller/translate/translate.ts'
import { type StaticEnvoy, startEnvoy } from '../envoy/static.ts'
import { goldenRoot, readCase } from './world.ts'

/** `backends` are the ports of 9001, 9002 and 9003; `module` is a path of `suite.wasm`. */
export const startCase = (name: string, backends: readonly number[], module: string): Promise<StaticEnvoy> => {
  const { snapshot, options } = readCase(name)
  const [proxy] = translate(snapshot, options).proxies
  if (!proxy) throw new Error(`${name} has no proxy`)
  const systemCertificates = join(goldenRoot, 'ca.pem')
  const bootstrap = staticBootstrap(proxy, { module, reusePort: false, accessLog: 'None', systemCertificates })
  for (const listener of bootstrap.staticResources?.listeners ?? [])
    if (listener.address?.socketAddress) listener.address.socketAddress.portValue = 0
  const text = JSON.stringify(bootstrap).replace(
    /"address":"127\.0\.0\.1","portValue":900([123])/g,
    (_, n: string) => `"address":"127.0.0.1","portValue":${backends[Number(n) - 1]}`,
  )
  return startEnvoy(JSON.parse(text) as object)
}
