// The SDK's sources in, `REFERENCE.md` beside them out: what each file exports, with its signature and doc comment. `--check` says
// whether the page is up to date instead of writing it.
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const sources = new URL('./assembly/', import.meta.url)
const page = new URL('./REFERENCE.md', import.meta.url)

interface Entry {
  signature: string
  comment: string
}

export async function reference(): Promise<string> {
  const index = await sourceOf('index')
  const files = [...index.matchAll(/^export \* from '\.\/(.*)'$/gm)].map(([, name = '']) => name).sort()
  const parts = await Promise.all(files.map(part))
  return `<!-- Made by \`npm run generate:sdk\` from the comments of filters/sdk/assembly. -->\n# SDK reference\n\nEverything is imported from \`proxy-wasm-assemblyscript-sdk/assembly\`.\n\n${parts.join('\n')}`
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
  /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?(?:\/\/ @ts-ignore: decorator\n@inline\n)?^export (function [^{]*?|const [^=\n]*?|let [^=\n]*?|namespace \w+|type [^\n]*?)(?: =.*| \{\}?.*)?$/gm

const entries = (source: string): Entry[] =>
  [...source.matchAll(DECLARATION)].map(([, comment = '', signature = '']) => ({
    signature: signature.replace(/\s+/g, ' ').trim(),
    comment: comment
      .replace(/^\s*\* ?/gm, '')
      .replace(/\s+/g, ' ')
      .trim(),
  }))

const line = ({ signature, comment }: Entry): string => `- \`${signature}\`${comment ? `: ${comment}` : ''}`

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = await reference()
  if (!process.argv.includes('--check')) await writeFile(page, wanted)
  else if ((await readFile(page, 'utf8')) !== wanted) {
    console.error('filters/sdk/REFERENCE.md is not up to date: npm run generate:sdk')
    process.exit(1)
  }
}
