// The words that worlds and requests are made of: few, so that they meet; and how optional fields are made.
import fc from 'fast-check'

export const GATEWAY_API = 'gateway.networking.k8s.io/v1'
export const namespace = fc.constantFrom('default', 'other')
export const port = fc.constantFrom(80, 80, 80, 443, 443, 443, 8080)
export const hostname = fc.constantFrom('a.example', '*.example', 'b.example', '*.a.example', 'x.a.example')
export const method = fc.constantFrom('GET', 'POST', 'PUT')
export const text = fc.constantFrom('1', '2', '12')

/** Some of the fields, by their weight in ten. */
export const some = <T>(value: fc.Arbitrary<T>, inTen: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 10 - inTen }, { arbitrary: value, weight: inTen })

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}
/** Without the members that are undefined, as they are in YAML. */
export const present = <T extends object>(value: T): Present<T> =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Present<T>
