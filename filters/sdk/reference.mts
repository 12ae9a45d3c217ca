// The SDK's sources in, `REFERENCE.md` beside them out: what each file exports, with its signature, the function of
// the ABI that it calls, its members and its doc comment. `--check` says
// whether the page is up to date instead of writing it.
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const sources = new URL('./assembly/', import.meta.url)
const page = new URL('./REFERENCE.md', import.meta.url)

interface Entry {
  signature: string
  comment: string
  /** The host function that it calls itself. */
  host: string | undefined
  /** Those of a namespace, with their values. */
  members: string[]
}

const HEAD = `<!-- Made by \`npm run generate:sdk\` from the comments of filters/sdk/assembly. -->
# SDK reference

Everything is imported from \`proxy-wasm-assemblyscript-sdk/assembly\`. Behind an arrow stands the host function that a function calls; the
[proxy-wasm specification, ABI 0.2.1](https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1) describes them. Where nothing
else is said, an \`i32\` that such a function gives is a \`Status\`.`

export async function reference(): Promise<string> {
  const index = await sourceOf('index')
  const files = [...index.matchAll(/^export \* from '\.\/(.*)'$/gm)].map(([, name = '']) => name).sort()
  const parts = await Promise.all(files.map(part))
  return `${HEAD}\n\n${parts.join('\n')}`
}

const sourceOf = (file: string): Promise<string> => readFile(new URL(`${file}.ts`, sources), 'utf8')

const part = async (file: string): Promise<string> => {
  const source = await sourceOf(file)
  const all = [...(await handedOn(source)), ...entries(source)]
  return `## ${file}\n\n${opening(source)}\n\n${all.map(line).join('\n')}\n`
}

/** What it exports of other files, name by name. */
const handedOn = async (source: string): Promise<Entry[]> => {
  const lists = source.matchAll(/^export \{([^}]*)\} from '\.\/(.*)'$/gm)
  const found = await Promise.all(
    [...lists].map(async ([, list = '', file = '']) => {
      const names = new Set(list.split(',').map(name => name.trim()))
      return entries(await sourceOf(file)).filter(({ signature }) => names.has(nameOf(signature)))
    }),
  )
  return found.flat()
}

const nameOf = (signature: string): string => /^\w+ (\w+)/.exec(signature)?.[1] ?? ''

/** The comment at the top of the file; its drawings become blocks of code. */
const opening = (source: string): string =>
  (/^(?:\/\/.*\n)+/.exec(source)?.[0] ?? '')
    .trimEnd()
    .split('\n')
    .map(text => text.replace(/^\/\/ ?/, ''))
    .map(text => (text.startsWith('  ') ? `  ${text}` : text))
    .join('\n')

const DECLARATION =
  /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?(?:\/\/ @ts-ignore: decorator\n@inline\n)?^export (?:(function [^{]*) \{(\}|\n[\s\S]*?^\})|(namespace \w+) \{\n([\s\S]*?)^\}|((?:const|let|type) [^=\n]*) =.*)$/gm

const entries = (source: string): Entry[] => {
  const external = externals(source)
  return [...source.matchAll(DECLARATION)].map(
    ([, comment = '', head, body = '', space, members = '', value = '']) => ({
      signature: (head ?? space ?? value).replace(/\s+/g, ' ').trim(),
      comment: comment
        .replace(/^\s*\* ?/gm, '')
        .replace(/\s+/g, ' ')
        .trim(),
      host: [...external].find(([name]) => new RegExp(`\\b${name}\\(`).test(body))?.[1],
      members: [...members.matchAll(/^ {2}export const (\w+): \w+ = (.+)$/gm)].map(
        ([, name, number]) => `\`${name}\` ${number}`,
      ),
    }),
  )
}

/** The host functions that a file declares: by the names that it calls them by, the names that the ABI gives them. */
const externals = (source: string): Map<string, string> =>
  new Map(
    [...source.matchAll(/^@external\('(\w+)', '(\w+)'\)\ndeclare function (\w+)/gm)].map(
      ([, module, name, local = '']) => [local, `\`${name}\`${module === 'env' ? '' : ' of WASI'}`],
    ),
  )

const line = ({ signature, comment, host, members }: Entry): string =>
  [
    `- \`${signature}\``,
    host && ` → ${host}`,
    comment && `: ${comment}`,
    members.length > 0 && `\n  ${members.join(' · ')}`,
  ]
    .filter(Boolean)
    .join('')

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = await reference()
  if (!process.argv.includes('--check')) await writeFile(page, wanted)
  else if ((await readFile(page, 'utf8')) !== wanted) {
    console.error('filters/sdk/REFERENCE.md is not up to date: npm run generate:sdk')
    process.exit(1)
  }
}
