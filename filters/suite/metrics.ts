// How Envoy makes labels of the suite's metrics. A module can only name a metric, so the name carries the labels
// (`sluice_decisions_total;filter=headers;policy=ns/name;...`) and Envoy's tag extraction takes them out again: the first
// group of each expression leaves the name, the second is the value.
// https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/metrics/v3/stats.proto

/** Labels in the order in which the name carries them. */
const LABELS: readonly string[] = ['filter', 'policy', 'outcome', 'mode', 'reason']

/**
 * `stats_config.stats_tags` of every bootstrap, in proto JSON. The fixed beginning lets Envoy skip the expressions for every
 * other statistic.
 */
export const STATS_TAGS: { tagName: string; regex: string }[] = LABELS.map(label => ({
  tagName: label,
  regex: `^wasmcustom\\.sluice_[a-z_]+(?:;[a-z]+=[^;]*)*?(;${label}=([^;]*))`,
}))
