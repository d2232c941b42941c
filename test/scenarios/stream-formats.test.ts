import { expect } from 'vitest'
import { connectionDetails } from '#modules/lines/tell.ts'
import { scenario } from '../support/scenario.ts'
import { present } from '../support/stories.ts'

const panelsOwn = 'http://tv.example:8080'

scenario('the list that a customer is given holds the streams that his line may have', async (world) => {
  world.leads(panelsOwn, 'panel')
  const answerAt = async (url: string) =>
    world.app.http.request({ provider: 'a player', method: 'GET', url, writes: false })
  const sold = async (name: string, outputs: string) => {
    await world.tamper(`update products set outputs = '{${outputs}}'`)
    const line = await (await world.customer(name).buys()).line()
    const { m3uUrl } = present(await connectionDetails(world.shop, await line.stored()))
    const { text } = await answerAt(present(m3uUrl))
    const { pathname } = new URL(present(text.split('\n').find((row) => row.startsWith('http'))))
    return [new URL(present(m3uUrl)).searchParams.get('output'), (await answerAt(`${panelsOwn}${pathname}`)).status]
  }
  expect(await sold('ana', 'hls')).toEqual(['hls', 200])
  expect(await sold('ben', 'ts')).toEqual(['ts', 200])
  expect(await sold('cem', 'hls,ts')).toEqual(['ts', 200])
})
