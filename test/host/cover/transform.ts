// An AssemblyScript compiler transform: each statement and each arm of an `if` counts its runs in the module's memory. Where
// the counters are and what they stand for goes into `NAME.coverage.json` beside the module; the module gets two exports,
// `__coverage_at` and `__coverage_count`, and no import, so that any host can run it.
//
// COVERAGE_FOLDERS (default `filters/,~lib/proxy-wasm-assemblyscript-sdk/`) says which sources count: those whose path begins so.
import * as compiler from 'assemblyscript'
import {
  type BlockStatement,
  type FunctionDeclaration,
  type IfStatement,
  Node,
  type Range,
  type Source,
  type Statement,
} from 'assemblyscript'
import { Transform } from 'assemblyscript/transform'
import type { Point } from './point.ts'

// Ambient const enums cannot be imported as they are; at run time they are plain objects.
const { NodeKind, CommonFlags } = compiler as unknown as Record<string, Record<string, number>>

/** The compiler makes instances and gives them a way to write files. */
const Base = Transform as unknown as new () => { writeFile(name: string, contents: string, folder: string): void }

const COUNT = '__coverage'

/** Anything with a body or with members; the compiler's classes have many shapes, these are the fields that lead on. */
interface Shape {
  kind: number
  flags?: number
  body?: Statement | null
  members?: Shape[]
  statements?: Statement[]
  ifTrue?: Statement
  ifFalse?: Statement | null
  cases?: { statements: Statement[] }[]
  bodyStatements?: Statement[]
  catchStatements?: Statement[] | null
  finallyStatements?: Statement[] | null
}

export default class Coverage extends Base {
  readonly points: Point[] = []

  afterParse(parser: { sources: Source[]; parseFile(text: string, path: string, isEntry: boolean): void }): void {
    const folders = (process.env.COVERAGE_FOLDERS ?? 'filters/,~lib/proxy-wasm-assemblyscript-sdk/').split(',')
    for (const source of parser.sources) {
      const path = source.normalizedPath
      if (!folders.some(folder => path.startsWith(folder))) continue
      for (const statement of source.statements) this.#declaration(statement as unknown as Shape, path)
    }
    const count = this.points.length
    parser.parseFile(runtime(count), '__coverage.ts', true)
    this.writeFile('coverage.json', JSON.stringify(this.points), '.')
  }

  /** Top-level statements run once at start: only bodies of functions count. */
  #declaration(node: Shape, file: string): void {
    for (const member of node.members ?? []) this.#declaration(member, file)
    const isFunction = node.kind === NodeKind!.FunctionDeclaration || node.kind === NodeKind!.MethodDeclaration
    if (!isFunction || !node.body) return
    if (((node.flags ?? 0) & CommonFlags!.Ambient!) !== 0) return
    const declaration = node as unknown as FunctionDeclaration
    declaration.body = this.#block(declaration.body!, file)
  }

  /** A statement as a block whose statements count. */
  #block(statement: Statement, file: string, arm?: { kind: 'then' | 'else'; of: Range }): BlockStatement {
    const range = statement.range
    const inner = statement.kind === NodeKind!.Block ? (statement as BlockStatement).statements : [statement]
    const statements = this.#counted(inner, file)
    if (arm) statements.unshift(this.#count(arm.of, file, arm.kind))
    return Node.createBlockStatement(statements, range)
  }

  #counted(statements: Statement[], file: string): Statement[] {
    const counted: Statement[] = []
    for (const statement of statements) {
      if (statement.kind === NodeKind!.FunctionDeclaration) {
        this.#declaration(statement as unknown as Shape, file)
        counted.push(statement)
        continue
      }
      this.#inside(statement as unknown as Shape, file)
      if (statement.kind !== NodeKind!.Block && statement.kind !== NodeKind!.Empty) {
        counted.push(this.#count(statement.range, file, 'statement'))
      }
      counted.push(statement)
    }
    return counted
  }

  #inside(node: Shape, file: string): void {
    if (node.kind === NodeKind!.Block) node.statements = this.#counted(node.statements!, file)
    if (node.kind === NodeKind!.If) {
      const statement = node as unknown as IfStatement
      const range = statement.range
      statement.ifTrue = this.#block(statement.ifTrue, file, { kind: 'then', of: range })
      const otherwise = statement.ifFalse ?? Node.createBlockStatement([], range)
      statement.ifFalse = this.#block(otherwise, file, { kind: 'else', of: range })
      return
    }
    if (node.body) node.body = this.#block(node.body, file)
    for (const one of node.cases ?? []) one.statements = this.#counted(one.statements, file)
    for (const part of ['bodyStatements', 'catchStatements', 'finallyStatements'] as const) {
      const statements = node[part]
      if (statements) node[part] = this.#counted(statements, file)
    }
  }

  #count(range: Range, file: string, kind: Point['kind']): Statement {
    const id = this.points.length
    this.points.push({ file, line: range.source.lineAt(range.start), kind })
    const name = Node.createIdentifierExpression(COUNT, range)
    const call = Node.createCallExpression(name, null, [Node.createFloatLiteralExpression(id, range)], range)
    return Node.createExpressionStatement(call)
  }
}

const runtime = (count: number): string => `
const COUNTERS: usize = memory.data(${Math.max(4, count * 4)}, 4)
// @ts-ignore: decorator
@global @inline
function ${COUNT}(id: f64): void {
  const at = COUNTERS + (<usize>id << 2)
  store<u32>(at, load<u32>(at) + 1)
}
export function __coverage_at(): usize { return COUNTERS }
export function __coverage_count(): u32 { return ${count} }
`
