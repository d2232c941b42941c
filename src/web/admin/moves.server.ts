/** Moves as pages show them: with names, and times as text. */
import { leftoversOfLine, listEvacuations, type Move, movesOfLine } from '#modules/lines/moves.ts'
import { listPanels } from '#modules/lines/panels.ts'
import type { Line } from '#modules/lines/rules.ts'
import { rows, sql, type Tx } from '#platform/db.ts'

export async function shownMove(tx: Tx, moves: readonly Move[]) {
  const names = new Map((await listPanels(tx)).map(({ id, name }) => [id, name]))
  const lines = await rows(
    tx,
    sql<{
      id: string
      username: string
    }>`select id, username from lines where business_id = current_business() and id = any(${moves.map(({ lineId }) => lineId)}::text[])`,
  )
  const usernames = new Map(lines.map(({ id, username }) => [id, username]))
  return moves.map((move) => ({
    id: move.id,
    lineId: move.lineId,
    username: usernames.get(move.lineId) ?? move.lineId,
    state: move.state,
    to: move.toPanelId === null ? null : (names.get(move.toPanelId) ?? move.toPanelId),
    lastAnswer: move.state === 'done' ? null : move.lastAnswer,
    createdAt: move.createdAt.toString(),
    endedAt: move.endedAt?.toString() ?? null,
  }))
}

/** Where a line may go, whether it is on its way, and what it left behind. */
export async function movesTold(tx: Tx, line: Pick<Line, 'id' | 'panelId' | 'subscriptionId'>) {
  const [last] = await movesOfLine(tx, line.id)
  const [panels, mapped] = [
    await listPanels(tx),
    await rows(
      tx,
      sql<{
        id: string
      }>`select m.panel_id as id from product_panels m join plans p on p.business_id = m.business_id and p.product_id = m.product_id
          join subscriptions s on s.business_id = p.business_id and s.plan_id = p.id
        where m.business_id = current_business() and s.id = ${line.subscriptionId}`,
    ),
  ]
  const nameOf = (id: string) => panels.find((each) => each.id === id)?.name ?? id
  return {
    others: panels
      .filter(({ id }) => id !== line.panelId && mapped.some((each) => each.id === id))
      .map(({ id, name }) => ({ id, name })),
    going:
      last?.state === 'waiting' && last.toPanelId !== null
        ? { to: nameOf(last.toPanelId), answer: last.lastAnswer, nextTryAt: last.nextTryAt?.toString() ?? null }
        : null,
    left: (await leftoversOfLine(tx, line.id)).map(({ id, panelId, state, removeAt }) => ({
      id,
      panel: nameOf(panelId),
      state,
      removeAt: removeAt.toString(),
    })),
  }
}

export const evacuationsTold = async (tx: Tx, panelId: string) =>
  (await listEvacuations(tx, panelId, { limit: 5 })).map(({ id, state, back, createdAt }) => ({
    id,
    state,
    back,
    at: createdAt.toString(),
  }))
