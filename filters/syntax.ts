// Walking the compiler's syntax trees, for our transforms: a tree in, every node of it out, each with a way to put another in
// its place.
import { type Expression, Node, type Range, type Source } from 'assemblyscript'

/** The compiler's classes have many shapes: these are the fields that we look at. */
export interface Shape {
  kind?: number
  range?: Range
  text?: string
  name?: Shape
  value?: unknown
  literalKind?: number
  operator?: number
  left?: Shape
  right?: Shape
  expression?: Shape
  args?: Shape[]
  initializer?: Shape | null
  decorators?: unknown[] | null
}

/** Sees a node before those below it. */
export function visit(node: Shape | Source, see: (node: Shape, replace: (by: Expression) => void) => void): void {
  const fields = node as unknown as Record<string, unknown>
  for (const field of Object.keys(fields)) {
    // These lead back up.
    if (field === 'range' || field === 'parent' || field === 'source') continue
    const below = fields[field]
    const list = Array.isArray(below) ? (below as unknown[]) : [below]
    for (const [i, one] of list.entries()) {
      if (typeof one !== 'object' || one === null || !('kind' in one)) continue
      see(one as Shape, by => {
        if (Array.isArray(below)) below[i] = by
        else fields[field] = by
      })
      visit(one as Shape, see)
    }
  }
}

/** What nobody asks for leaves nothing in the module. */
export function makeLazy(declaration: Shape): void {
  const lazy = Node.createIdentifierExpression('lazy', declaration.range!)
  declaration.decorators = [...(declaration.decorators ?? []), Node.createDecorator(lazy, null, declaration.range!)]
}
