// An AssemblyScript compiler transform: where the runtime traps or throws because memory is exhausted, it goes through the abort
// hook, which says so first, and leaves no message of its own. The hook then is the only trap that a module has.
import * as compiler from 'assemblyscript'
import { type Expression, Node, type Range, type Source } from 'assemblyscript'
import { Transform } from 'assemblyscript/transform'
import { visit } from './syntax.ts'

const { NodeKind } = compiler as unknown as Record<string, Record<string, number>>

export default class Exhausted extends (Transform as unknown as new () => object) {
  afterParse({ sources }: { sources: Source[] }): void {
    const runtime = sources.filter(({ normalizedPath }) => normalizedPath === '~lib/rt/stub.ts')
    for (const source of runtime)
      visit(source, (node, replace) => {
        if (node.kind === NodeKind!.Call && node.expression?.text === 'unreachable') replace(abort(node.range!))
        if (node.kind === NodeKind!.Throw) replace(Node.createExpressionStatement(abort(node.range!)) as never)
      })
  }
}

const abort = (range: Range): Expression =>
  Node.createCallExpression(Node.createIdentifierExpression('abort', range), null, [], range)
