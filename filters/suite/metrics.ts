// How Envoy makes labels of the suite's metrics. A module can only name a metric, so the name carries the labels
// (`sluice_decisions_total;filter=headers;policy=ns/name;...`) and Envoy's tag extraction takes them out again: the first
// group of each expression leaves the name, the second is the value. The bootstrap holds this as its `stats_config`.
// https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/metrics/v3/stats.proto

/** Labels in the order in which the name carries them. */
export const LABELS = ['filter', 'policy', 'outcome', 'mode', 'reason'] as const

/** The fixed beginning lets Envoy skip the expressions for every other statistic. */
export const STATS_CONFIG = {
  stats_tags: LABELS.map(label => ({
    tag_name: label,
    regex: `^wasmcustom\\.sluice_[a-z_]+(?:;[a-z]+=[^;]*)*?(;${label}=([^;]*))`,
  })),
}
