/** What a freshly installed panel of the imaginary Northwind TV has: bouquets, packages, channels, one server. */

export type Bouquet = { id: number; bouquet_name: string; bouquet_order: number }

/** Kids stands second on the panel: a line's bouquets come back in this order, not in the one in which they were sent. */
export const bouquets: readonly Bouquet[] = [
  { id: 1, bouquet_name: 'Basic', bouquet_order: 1 },
  { id: 2, bouquet_name: 'Sports', bouquet_order: 3 },
  { id: 3, bouquet_name: 'Movies', bouquet_order: 4 },
  { id: 4, bouquet_name: 'Kids', bouquet_order: 2 },
]

export type Channel = { id: number; name: string; bouquet: number; category: number }

export const categories: readonly { id: number; name: string; kind: 'live' | 'movie' }[] = [
  { id: 1, name: 'General', kind: 'live' },
  { id: 2, name: 'Sports', kind: 'live' },
  { id: 3, name: 'Films', kind: 'live' },
  { id: 4, name: 'Children', kind: 'live' },
  { id: 5, name: 'Film library', kind: 'movie' },
]

export const channels: readonly Channel[] = [
  'Channel 1 News',
  'Channel 2 Weather',
  'Channel 3 Culture',
  'Northwind One',
  'Northwind Music',
  'Northwind Science',
]
  .map((name, n) => ({ id: 101 + n, name, bouquet: 1, category: 1 }))
  .concat(['Arena 1', 'Arena 2', 'Outdoor'].map((name, n) => ({ id: 201 + n, name, bouquet: 2, category: 2 })))
  .concat(['Film Hall', 'Film Classics'].map((name, n) => ({ id: 301 + n, name, bouquet: 3, category: 3 })))
  .concat(['Puddle', 'Treehouse'].map((name, n) => ({ id: 401 + n, name, bouquet: 4, category: 4 })))

export const movies: readonly Channel[] = ['The Lighthouse Keeper’s Cat', 'Two Trains North', 'A Garden in Winter'].map(
  (name, n) => ({ id: 901 + n, name, bouquet: 3, category: 5 }),
)

/** The bouquet as the API lists it; the id lists are JSON texts. */
export function bouquetRow(bouquet: Bouquet) {
  const idsOf = (list: readonly Channel[]) =>
    JSON.stringify(list.filter((each) => each.bouquet === bouquet.id).map((each) => each.id))
  return {
    id: bouquet.id,
    bouquet_name: bouquet.bouquet_name,
    bouquet_channels: idsOf(channels),
    bouquet_movies: idsOf(movies),
    bouquet_radios: '[]',
    bouquet_series: '[]',
    bouquet_order: bouquet.bouquet_order,
  }
}

const packageDefaults = {
  is_addon: 0,
  is_line: 1,
  is_mag: 1,
  is_e2: 1,
  is_restreamer: 0,
  addon_packages: '[]',
  groups: '[2]',
  output_formats: '[1,2]',
  lock_device: 0,
  force_server_id: 0,
  forced_country: '',
  is_isplock: 0,
  check_compatible: 1,
}

type Term = [duration: number, unit: 'hours' | 'days' | 'months' | 'years', credits: number]

const sold = (id: number, name: string, [duration, unit, credits]: Term, ids: string, connections = 1) => ({
  id,
  package_name: name,
  is_trial: 0,
  is_official: 1,
  trial_credits: 0,
  official_credits: credits,
  trial_duration: 0,
  trial_duration_in: 'hours',
  official_duration: duration,
  official_duration_in: unit,
  bouquets: ids,
  max_connections: connections,
  ...packageDefaults,
})

export const packages = [
  sold(1, 'Basic 1 month', [1, 'months', 1], '[1]'),
  sold(2, 'Full 1 month', [1, 'months', 2], '[1,4,2,3]', 2),
  sold(3, 'Full 12 months', [12, 'months', 20], '[1,4,2,3]', 2),
  {
    ...sold(4, 'Trial 24 hours', [0, 'days', 0], '[1]'),
    is_trial: 1,
    is_official: 0,
    trial_duration: 24,
  },
]

export const server = {
  id: 1,
  server_name: 'Main',
  server_ip: '192.0.2.10',
  domain_name: 'tv.example',
  is_main: 1,
  enabled: 1,
  status: 1,
  total_clients: 1000,
  network_guaranteed_speed: 1000,
  http_broadcast_port: 80,
  https_broadcast_port: 443,
  rtmp_port: 8880,
}

export const apiUser = { id: 1, username: 'admin', member_group_id: 1 }
