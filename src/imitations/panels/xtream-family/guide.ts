/** The programme guide: every channel shows the same harmless hour after hour. */
import type { Channel } from './seed.ts'

const titles = ['Morning on the Coast', 'The Weather Desk', 'Walking the Fells', 'Evening Journal']
const hour = 3600

type Programme = { start: number; end: number; title: string }

/** `count` programmes of an hour each, the first of them running at `unix`. */
function programmes(unix: number, count: number): Programme[] {
  const first = unix - (unix % hour)
  return Array.from({ length: count }, (_, n) => {
    const start = first + n * hour
    return { start, end: start + hour, title: titles[(start / hour) % titles.length] ?? '' }
  })
}

/** As `player_api.php` lists them: titles in base64, the end as unix text. */
export function listings(channel: Channel, unix: number, count: number) {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  return programmes(unix, count).map(({ start, end, title }, n) => ({
    id: `${channel.id}${n}`,
    epg_id: '1',
    title: base64(title),
    lang: 'en',
    start: isoLike(start),
    end: String(end),
    description: base64(`${title} on ${channel.name}.`),
    channel_id: `northwind.${channel.id}`,
    start_timestamp: String(start),
    stop_timestamp: String(end),
    now_playing: n === 0 ? 1 : 0,
    has_archive: 0,
  }))
}

/** XMLTV of the next six hours. */
export function guide(channels: readonly Channel[], unix: number): string {
  const heads = channels.map(
    (each) => `  <channel id="northwind.${each.id}"><display-name>${xmlText(each.name)}</display-name></channel>\n`,
  )
  const rows = channels.flatMap((each) =>
    programmes(unix, 6).map(
      ({ start, end, title }) =>
        `  <programme start="${stamp(start)}" stop="${stamp(end)}" channel="northwind.${each.id}">` +
        `<title lang="en">${xmlText(title)}</title></programme>\n`,
    ),
  )
  return `<?xml version="1.0" encoding="utf-8"?>\n<tv generator-info-name="Northwind TV">\n${heads.join('')}${rows.join('')}</tv>\n`
}

const isoLike = (unix: number) => instant(unix).toString({ smallestUnit: 'second' }).replace('T', ' ').replace('Z', '')
const stamp = (unix: number) => `${isoLike(unix).replace(/\D/g, '')} +0000`
const instant = (unix: number) => Temporal.Instant.fromEpochMilliseconds(unix * 1000)
const xmlText = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
