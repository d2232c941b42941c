/** What a line may see, in the forms in which apps ask for it: lists of `player_api.php` and playlists. */
import { listings } from './guide.ts'
import type { LineRow } from './line.ts'
import { intval } from './params.ts'
import { type Channel, categories, channels, movies } from './seed.ts'

const idsIn = (json: string) => JSON.parse(json) as number[]
export const outputsOf = (line: LineRow) => idsIn(line.allowed_outputs)
export const channelsOf = (line: LineRow) => channels.filter((each) => idsIn(line.bouquet).includes(each.bouquet))
export const moviesOf = (line: LineRow) => movies.filter((each) => idsIn(line.bouquet).includes(each.bouquet))

/** The lists an app asks for; `undefined` for any other action, which falls through to the login payload. */
export function listOf(asked: URLSearchParams, line: LineRow, unix: number): object | undefined {
  const category = asked.get('category_id')
  const inCategory = (each: Channel) => category === null || String(each.category) === category
  const stream = channelsOf(line).find((each) => String(each.id) === asked.get('stream_id'))

  switch (asked.get('action')) {
    case 'get_live_categories':
      return categoryRows('live', channelsOf(line))
    case 'get_vod_categories':
      return categoryRows('movie', moviesOf(line))
    case 'get_series_categories':
    case 'get_series':
      return []
    case 'get_live_streams':
      return channelsOf(line).filter(inCategory).map(streamRow)
    case 'get_vod_streams':
      return moviesOf(line).filter(inCategory).map(movieRow)
    case 'get_vod_info':
      return movieInfo(moviesOf(line).find((each) => String(each.id) === asked.get('vod_id')))
    case 'get_series_info':
      return { seasons: [], info: { name: null }, episodes: {} }
    case 'get_short_epg':
    case 'get_simple_data_table':
      return { epg_listings: stream ? listings(stream, unix, intval(asked.get('limit') ?? '4') || 4) : [] }
    default:
      return undefined
  }
}

function categoryRows(kind: 'live' | 'movie', seen: readonly Channel[]) {
  return categories
    .filter((each) => each.kind === kind && seen.some((channel) => channel.category === each.id))
    .map((each) => ({ category_id: String(each.id), category_name: each.name, parent_id: 0 }))
}

const added = '1735689600'

function streamRow(channel: Channel, index: number) {
  return {
    num: index + 1,
    name: channel.name,
    stream_type: 'live',
    stream_id: channel.id,
    stream_icon: '',
    epg_channel_id: `northwind.${channel.id}`,
    added,
    category_id: String(channel.category),
    category_ids: [channel.category],
    custom_sid: '',
    tv_archive: 0,
    direct_source: '',
    tv_archive_duration: 0,
  }
}

const movieFacts = {
  rating: '7',
  plot: 'A quiet story from the north.',
  cast: 'A. Example, B. Example',
  director: 'C. Example',
  genre: 'Drama',
  youtube_trailer: '',
  episode_run_time: '90',
}

function movieRow(movie: Channel, index: number) {
  return {
    num: index + 1,
    name: movie.name,
    title: movie.name,
    year: '2024',
    stream_type: 'movie',
    stream_id: movie.id,
    stream_icon: '',
    rating_5based: 3.5,
    added,
    release_date: '2024-05-01',
    category_id: String(movie.category),
    category_ids: [movie.category],
    container_extension: 'ts',
    custom_sid: '',
    direct_source: '',
    ...movieFacts,
  }
}

function movieInfo(movie: Channel | undefined) {
  if (!movie) return { info: [], movie_data: null }
  const { stream_id, name, title, year, category_id, category_ids, container_extension } = movieRow(movie, 0)
  return {
    info: {
      ...movieFacts,
      name,
      o_name: name,
      duration: '01:30:00',
      duration_secs: 5400,
      backdrop_path: [],
      movie_image: '',
      tmdb_id: 0,
      release_date: '2024-05-01',
      rating: 7,
    },
    movie_data: {
      stream_id,
      name,
      title,
      year,
      added,
      category_id,
      category_ids,
      container_extension,
      custom_sid: '',
      direct_source: '',
    },
  }
}

/** M3U; `plus` is `type=m3u_plus`, with the attributes that apps group and label by. */
export function playlist(line: LineRow, publicUrl: string, plus: boolean, extension: string): string {
  const login = `${encodeURIComponent(line.username)}/${encodeURIComponent(line.password)}`
  const groupOf = (channel: Channel) => categories.find((each) => each.id === channel.category)?.name ?? ''
  const entry = (channel: Channel, path: string, ending: string) => {
    const attributes = plus
      ? ` tvg-id="northwind.${channel.id}" tvg-name="${channel.name}" tvg-logo="" group-title="${groupOf(channel)}"`
      : ''
    return `#EXTINF:-1${attributes},${channel.name}\n${publicUrl}/${path}/${login}/${channel.id}.${ending}\n`
  }
  const live = channelsOf(line).map((each) => entry(each, 'live', extension))
  const films = moviesOf(line).map((each) => entry(each, 'movie', 'ts'))
  return `#EXTM3U\n${[...live, ...films].join('')}`
}
