/** The kinds of panels that a world can be built on: the imitation, and what an operator types in to use it. */
import type { Imitation, ImitationKind } from '../../src/imitations/kit.ts'
import { httpPanel, httpPanelDefaults } from '../../src/imitations/panels/http-panel.ts'
import { mediaServer } from '../../src/imitations/panels/media-server.ts'
import { ministra, ministraDefaults } from '../../src/imitations/panels/ministra.ts'
import { nxt, nxtDefaults } from '../../src/imitations/panels/nxt.ts'
import { oneStream, oneStreamDefaults } from '../../src/imitations/panels/onestream.ts'
import { xcVm, xcVmDefaults } from '../../src/imitations/panels/xc-vm.ts'
import { xtreamCodes } from '../../src/imitations/panels/xtream-codes.ts'
import { xui, xuiDefaults } from '../../src/imitations/panels/xui.ts'
import { xuiReseller, xuiResellerDefaults } from '../../src/imitations/panels/xui-reseller.ts'

export type PanelHouse = {
  imitation: ImitationKind
  options?: Record<string, string>
  /** `origin` is where the imitation is reached. */
  settings(origin: string): Record<string, unknown>
  /** What the product of the world is for: user name and password unless told. */
  lineKind?: 'line' | 'mag' | 'enigma'
  /** The box that it sells beside the login. */
  box?: 'mag' | 'enigma'
  /** What the product of the world is on it. */
  package: { packageId?: string; bouquets: number[] }
  /** What the operator does on the panel after the live test told him to. */
  heeds?(panel: Imitation, told: string): Promise<void>
}

const viewers = { viewer_scheme: 'http', viewer_host: 'tv.example', viewer_port: 8080 }

export const xuiHouse: PanelHouse = {
  imitation: xui,
  settings: (origin) => ({
    url: `${origin}/${xuiDefaults.access_code}/`,
    api_key: xuiDefaults.api_key,
    ...viewers,
  }),
  package: { bouquets: [1, 2, 3] },
}

export const xcVmHouse: PanelHouse = {
  imitation: xcVm,
  settings: (origin) => ({
    url: `${origin}/${xcVmDefaults.access_code}/`,
    api_key: xcVmDefaults.api_key,
    ...viewers,
  }),
  package: { bouquets: [1, 2, 3] },
}

export const xuiResellerHouse: PanelHouse = {
  imitation: xuiReseller,
  settings: (origin) => ({
    url: `${origin}/${xuiResellerDefaults.access_code}/`,
    api_key: xuiResellerDefaults.api_key,
    ...viewers,
  }),
  package: { packageId: '2', bouquets: [] },
}

export const nxtHouse: PanelHouse = {
  imitation: nxt,
  settings: (origin) => ({
    url: origin,
    token: nxtDefaults.token,
    username: nxtDefaults.username,
    password: nxtDefaults.password,
    time_zone: nxtDefaults.time_zone,
    ...viewers,
  }),
  package: { packageId: '2', bouquets: [] },
}

export const oneStreamHouse: PanelHouse = {
  imitation: oneStream,
  settings: (origin) => ({
    url: origin,
    api_key: oneStreamDefaults.api_key,
    auth_user: oneStreamDefaults.auth_user,
    ...viewers,
  }),
  package: { packageId: '2', bouquets: [] },
}

const describedLine = `{"username": {{ username }}, "password": {{ password }}, "notes": {{ reference }}, "enabled": {{ enabled }},
  "expires": {{ expires_unix }}, "connections": {{ connections }}, "bouquets": {{ bouquets }}}`

export const httpPanelHouse: PanelHouse = {
  imitation: httpPanel,
  settings: (origin) => ({
    url: `${origin}/api`,
    key: httpPanelDefaults.key,
    headers: 'Authorization: Bearer {{ key }}',
    check: 'GET /me',
    find: 'GET /lines?username={{ username }}',
    read: 'GET /lines/{{ id }}',
    read_found: 'answer.line',
    create: `POST /lines\n\n${describedLine}`,
    change: `PATCH /lines/{{ id }}\n\n${describedLine}`,
    delete: 'DELETE /lines/{{ id }}',
    ...viewers,
  }),
  package: { bouquets: [1] },
}

export const mediaServerHouse: PanelHouse = {
  imitation: mediaServer,
  settings: () => ({
    playlist_url: 'http://tv.example:8080/playlist.m3u8?token={{ token }}',
    guide_url: 'http://tv.example/epg.xml',
    groups: '1 Basic = news1, news2\n2 Sports = sports/*',
  }),
  package: { bouquets: [1] },
}

const proof = { username: 'proof-line', password: 'proof-secret' }

export const xtreamCodesHouse: PanelHouse = {
  imitation: xtreamCodes,
  settings: (origin) => ({
    url: origin,
    proof_username: proof.username,
    proof_password: proof.password,
    ...viewers,
  }),
  package: { bouquets: [1, 2, 3] },
  async heeds(panel, told) {
    const body = new URLSearchParams({
      'user_data[username]': proof.username,
      'user_data[password]': proof.password,
      'user_data[admin_notes]': /LK-\w+/.exec(told)?.[0] ?? '',
    })
    const request = new Request('http://panel.test/api.php?action=user&sub=create', { method: 'POST', body })
    const answer = (await (await panel.app.fetch(request)).json()) as { result: boolean }
    if (!answer.result) throw new Error('the proof line was not made')
  },
}

/** A portal whose product is for MAG boxes. */
export const ministraHouse: PanelHouse = {
  imitation: ministra,
  settings: (origin) => ({
    url: `${origin}/stalker_portal/`,
    login: ministraDefaults.login,
    password: ministraDefaults.password,
    internal_billing: 'on',
    time_zone: ministraDefaults.time_zone,
    ...viewers,
  }),
  lineKind: 'mag',
  package: { packageId: 'basic', bouquets: [] },
}

/** A panel of the XUI family whose product is for MAG boxes. */
export const xuiBoxHouse: PanelHouse = { ...xuiHouse, lineKind: 'mag' }

/** A reseller's account whose product is for MAG boxes. */
export const xuiResellerBoxHouse: PanelHouse = { ...xuiResellerHouse, lineKind: 'mag' }

/** Panels whose product is a login with a MAG box, as one. */
export const xuiPairHouse: PanelHouse = { ...xuiHouse, box: 'mag' }
export const xcVmPairHouse: PanelHouse = { ...xcVmHouse, box: 'mag' }
export const xtreamCodesPairHouse: PanelHouse = { ...xtreamCodesHouse, box: 'mag' }
export const ministraPairHouse: PanelHouse = { ...ministraHouse, lineKind: 'line', box: 'mag' }
