// `sluice print DIR --ir|--xds`: what the controller makes of a folder, for people and for an Envoy without a controller.
// Private keys never reach stdout; with `-o` they are files that only their owner reads.
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { stringify } from 'yaml'
import type { Bootstrap } from '../../envoy/schema/envoy.gen.ts'
import { SUITE_MODULE } from '../../filters/suite/names.ts'
import { moduleOf, PLUGINS } from '../../filters/suite/plugins.ts'
import { staticBootstrap } from '../emit/static.ts'
import { CommandError } from '../errors.ts'
import type { Proxy as ProxyIr } from '../ir/ir.ts'
import { privateText } from '../ir/private-text.ts'
import { type FolderOptions, type FolderOutcome, translateFolder } from './folder.ts'
import { systemCertificates } from './machine.ts'

export interface PrintOptions extends FolderOptions {
  ir?: boolean
  xds?: boolean
  output?: string
}

export async function print(dir: string, options: PrintOptions): Promise<void> {
  if ((options.ir === true) === (options.xds === true)) throw new CommandError(2, 'print takes one of --ir and --xds')
  const outcome = await translateFolder(dir, options)
  for (const { at, message } of outcome.snapshot.refusals) {
    process.stderr.write(`${at.file}:${at.line}:${at.column}: ${message}\n`)
    process.exitCode = 1
  }
  if (options.ir) await put(options.output, 'ir.yaml', yaml(outcome.translation.proxies))
  else await printBootstrap(outcome, options.output)
}

async function printBootstrap({ translation, module }: FolderOutcome, output: string | undefined): Promise<void> {
  const [proxy] = translation.proxies
  if (!proxy) throw new CommandError(1, 'nothing to print: no Gateway is served')
  const common = { reusePort: false, accessLog: 'Stdout', systemCertificates: systemCertificates() } as const
  if (output === undefined) {
    await put(undefined, '', yaml(staticBootstrap(withoutKeys(proxy), { ...common, module: module.path })))
    return
  }
  await mkdir(output, { recursive: true })
  const copy = resolve(output, SUITE_MODULE)
  for (const plugin of PLUGINS) await copyFile(moduleOf(module.path, plugin), moduleOf(copy, plugin))
  const bootstrap = staticBootstrap(proxy, { ...common, module: copy })
  await putKeys(bootstrap, resolve(output))
  await put(output, 'envoy.yaml', yaml(bootstrap))
}

const withoutKeys = (proxy: ProxyIr): ProxyIr => ({
  ...proxy,
  secrets: proxy.secrets.map(secret =>
    secret.type === 'KeyPair' ? { ...secret, privateKey: privateText('[redacted]') } : secret,
  ),
})

/** Moves private keys out of the bootstrap into files beside it. */
async function putKeys(bootstrap: Bootstrap, output: string): Promise<void> {
  for (const [index, { tlsCertificate }] of (bootstrap.staticResources?.secrets ?? []).entries()) {
    const key = tlsCertificate?.privateKey
    if (!tlsCertificate || typeof key?.inlineString !== 'string') continue
    const path = join(output, `key-${index}.pem`)
    // A file that was there keeps its mode: it goes first.
    await rm(path, { force: true })
    await writeFile(path, key.inlineString, { mode: 0o600 })
    tlsCertificate.privateKey = { filename: path }
  }
}

const yaml = (value: unknown): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })

async function put(output: string | undefined, name: string, text: string): Promise<void> {
  if (output === undefined) {
    process.stdout.write(text)
    return
  }
  await mkdir(output, { recursive: true })
  await writeFile(join(output, name), text)
}
