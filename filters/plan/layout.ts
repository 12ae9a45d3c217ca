// The plan's bytes, defined once: Node encodes and prints with these numbers, AssemblyScript executes with them.
// Little endian throughout, nothing aligned.
//
//   plan     u32 magic · u32 length of everything · section*
//   section  u8 kind · u8 flags · u32 length of the rest · rest
//              Rule                            name
//              four plain lists of operations  operation*
//              two lists for one cluster       text cluster · operation*
//   operation  u8 kind · u8 flags · u16 policy length · u32 length of the rest · policy · rest
//     Headers    edit*          edit: u8 action · text name · text value
//     Rewrite    u8 parts · text host · text prefix · text value · [text program]
//                                text program only with REWRITE_REGEX; prefix is then the expression
//     Mirror     u32 numerator · u32 denominator · u32 timeout ms · u32 body cap · text cluster · [text sample by · edit*]
//     Mutate     mutation*       mutation: u8 action · u8 source · text name · text argument · text expression ·
//                                          text program · text template
//     RateLimit  u32 trusted hops · limit*
//       limit    u8 scope · u32 requests · u32 unit seconds · u32 burst · text name · u8 key parts · part*
//       part     u8 type · text name
//   text     u16 length · bytes

/** `SLP1`; the digit is the version. */
export const MAGIC = 0x31504c53
export const PLAN_HEADER = 8
export const SECTION_HEADER = 6
export const OPERATION_HEADER = 8

export const SECTION_RULE = 1
export const SECTION_DOWNSTREAM_REQUEST = 2
export const SECTION_DOWNSTREAM_RESPONSE = 3
export const SECTION_UPSTREAM_REQUEST = 4
export const SECTION_UPSTREAM_RESPONSE = 5
export const SECTION_CLUSTER_REQUEST = 6
export const SECTION_CLUSTER_RESPONSE = 7

/** A reader that does not know the section or operation skips it instead of refusing the plan. */
export const FLAG_OPTIONAL = 1
/** On operations: decide, count and record, change nothing. */
export const FLAG_DRY_RUN = 2
/** On mirrors: count how the copies were answered beside their primaries. */
export const FLAG_COMPARE = 8
/** On the rule's section: request operations run on the first attempt only. */
export const FLAG_FIRST_ATTEMPT = 4

export const OPERATION_HEADERS = 1
export const OPERATION_REWRITE = 2
export const OPERATION_MIRROR = 3
export const OPERATION_RATE_LIMIT = 4
export const OPERATION_MUTATE = 5

export const EDIT_SET = 0
export const EDIT_ADD = 1
export const EDIT_REMOVE = 2
/** These two in mutations only. */
export const EDIT_ADD_IF_ABSENT = 3
export const EDIT_APPEND = 4

/** Where the value of a mutation comes from. */
export const SOURCE_TEXT = 0
export const SOURCE_HEADER = 1
export const SOURCE_CLIENT_ADDRESS = 2
export const SOURCE_ROUTE = 3
/** These of the request only: Envoy lets go of it before the response comes. */
export const SOURCE_PATH = 4
export const SOURCE_HOST = 5
export const SOURCE_METHOD = 6

/** Bits of `parts`; at most one of those about the path. */
export const REWRITE_HOST = 1
export const REWRITE_FULL_PATH = 2
export const REWRITE_PREFIX = 4
export const REWRITE_REGEX = 8
/** The path comes from the header that is named in the place of the prefix. */
export const REWRITE_HEADER = 16

export const SCOPE_WORKER = 0
export const SCOPE_NODE = 1

export const KEY_HEADER = 0
export const KEY_CLIENT_ADDRESS = 1
export const KEY_PATH = 2
export const KEY_METHOD = 3
export const KEY_HOST = 4
export const KEY_QUERY_PARAM = 5
export const KEY_COOKIE = 6

/** Bounds that encoder and filters both hold to. */
export const MAX_PLAN = 65536
export const MAX_NAME = 256
export const MAX_VALUE = 8192
export const MAX_LIMITS = 8
export const MAX_KEY_PARTS = 8
export const MAX_MIRRORS = 16
export const MAX_MUTATIONS = 64
/** What all edits together may add to one message. */
export const MAX_EDITS = 61440
/** What one copy may gather of a body. */
export const DEFAULT_BODY_CAP = 1048576
