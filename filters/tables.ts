// An AssemblyScript compiler transform for released modules: the tables of the portable regular expressions, which Node has as
// `Int32Array`, become plain memory (`regex/assembly/ints.ts`). Typed arrays would cost a constructor, an object for each
// and a load for each access. Builds that look for mistakes keep them, as they check every index.
//
//   const code: Int32Array = new Int32Array(12)   →   const code: Ints = newInts(12)
import * as compiler from 'assemblyscript'
import { type Expression, Node, type Source } from 'assemblyscript'
import { Transform } from 'assemblyscript/transform'
import { makeLazy, type Shape, visit } from './syntax.ts'

const { NodeKind } = compiler as unknown as Record<string, Record<string, number>>

export default class Tables extends (Transform as unknown as new () => object) {
  afterParse({ sources }: { sources: Source[] }): void {
    for (const source of sources.filter(({ normalizedPath }) => normalizedPath.startsWith('filters/regex/')))
      visit(source, (node, replace) => {
        const name = (node.name as { identifier?: Shape } | undefined)?.identifier
        if (node.kind === NodeKind!.NamedType && name?.text === 'Int32Array') name.text = 'Ints'
        // A table that nobody uses is not made.
        if (node.kind === NodeKind!.VariableDeclaration && node.initializer?.kind === NodeKind!.New) makeLazy(node)
        if (node.kind !== NodeKind!.New || !node.range) return
        const make = Node.createIdentifierExpression('newInts', node.range)
        replace(Node.createCallExpression(make, null, node.args as unknown as Expression[], node.range))
      })
  }
}
