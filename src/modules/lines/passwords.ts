/** Passwords of TV logins: sealed in our tables, each tied to its business and line. */
import type { Login } from '#adapters/panels/panel.ts'
import type { Shop } from '#app.ts'
import { seal, unseal } from '#platform/crypto.ts'
import type { Line } from './rules.ts'

const passwordPlace = (shop: Pick<Shop, 'businessId'>, lineId: string) => `${shop.businessId}/line/${lineId}/password`

/** The TV login's password in clear: for the panel, for the message, for an eye that was allowed to see it. */
export const passwordOf = (shop: Shop, line: Pick<Line, 'id' | 'password'>): string =>
  unseal(shop.dataKey, passwordPlace(shop, line.id), line.password)

export const sealPassword = (shop: Shop, lineId: string, password: string): string =>
  seal(shop.dataKey, passwordPlace(shop, lineId), password)

/** As `passwordOf`, for the logins that the line may still have on the panel. */
export const formerLoginsOf = (shop: Shop, line: Pick<Line, 'id' | 'formerLogins'>): Login[] =>
  line.formerLogins.map(({ username, password }) => ({
    username,
    password: unseal(shop.dataKey, passwordPlace(shop, line.id), password),
  }))
