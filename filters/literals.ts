// An AssemblyScript compiler transform: `literal('text')` becomes a constant, its bytes part of the module's memory, where the SDK's
// function would keep UTF-16, its decoder and a line at start for each. Constants of strings and sums of them count as text.
//
//   literal('ab')   →   <u64>memory.data<u8>([0x61, 0x62], 1) | <u64>2 << 32
import * as compiler from 'assemblyscript'
import { type Expression, Node, type Range, type Source } from 'assemblyscript'
import { Transform } from 'assemblyscript/transform'
import { makeLazy, type Shape, visit } from './syntax.ts'

// Ambient const enums cannot be imported as they are; at run time they are plain objects.
const { NodeKind, LiteralKind, Token, AssertionKind } = compiler as unknown as Record<string, Record<string, number>>

/** How the compiler makes its own 64-bit numbers. */
const { i64_new } = globalThis as unknown as { i64_new(low: number, high: number): never }

export default class Literals extends (Transform as unknown as new () => object) {
  /** String constants by name; names that stand for several texts are left to the compiler. */
  readonly #texts = new Map<string, string | undefined>()

  afterParse({ sources }: { sources: Source[] }): void {
    const ours = sources.filter(({ normalizedPath }) => /^filters\/|proxy-wasm-assemblyscript-sdk/.test(normalizedPath))
    for (const source of ours) visit(source, node => this.#learn(node))
    for (const source of ours) visit(source, (node, replace) => this.#constant(node, replace))
  }

  #learn(node: Shape): void {
    if (node.kind !== NodeKind!.VariableDeclaration || !node.initializer) return
    const name = node.name?.text ?? ''
    const text = this.#textOf(node.initializer)
    if (text === undefined) return
    this.#texts.set(name, this.#texts.has(name) && this.#texts.get(name) !== text ? undefined : text)
    makeLazy(node)
  }

  #constant(node: Shape, replace: (by: Expression) => void): void {
    const made = node.kind === NodeKind!.VariableDeclaration ? node.initializer : undefined
    if (made && made.kind === NodeKind!.Call && made.expression?.text === 'literal') makeLazy(node)
    if (node.kind !== NodeKind!.Call || node.expression?.text !== 'literal' || node.args?.length !== 1) return
    const text = this.#textOf(node.args[0]!)
    if (text !== undefined && text.length > 0) replace(constant(text, node.range!))
  }

  #textOf(node: Shape): string | undefined {
    if (node.kind === NodeKind!.Literal && node.literalKind === LiteralKind!.String) return node.value as string
    if (node.kind === NodeKind!.Identifier) return this.#texts.get(node.text ?? '')
    if (node.kind !== NodeKind!.Binary || node.operator !== Token!.Plus) return undefined
    const [left, right] = [this.#textOf(node.left!), this.#textOf(node.right!)]
    return left === undefined || right === undefined ? undefined : left + right
  }
}

function constant(text: string, range: Range): Expression {
  const type = (name: string) => Node.createNamedType(Node.createSimpleTypeName(name, range), null, false, range)
  const integer = (value: number) => Node.createIntegerLiteralExpression(i64_new(value, 0), range)
  const wide = (of: Expression) =>
    Node.createAssertionExpression(AssertionKind!.Prefix as never, of, type('u64'), range)
  const bytes = [...new TextEncoder().encode(text)]
  const data = Node.createPropertyAccessExpression(
    Node.createIdentifierExpression('memory', range),
    Node.createIdentifierExpression('data', range),
    range,
  )
  const values = Node.createArrayLiteralExpression(bytes.map(integer), range)
  const address = wide(Node.createCallExpression(data, [type('u8')], [values, integer(1)], range))
  const length = Node.createIntegerLiteralExpression(i64_new(0, bytes.length), range)
  return Node.createBinaryExpression(Token!.Bar as never, address, wide(length), range)
}
