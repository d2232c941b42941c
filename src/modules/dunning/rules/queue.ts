/** What comes next, by time and then by the order in which it was put in: a binary heap. */
type Entry<T> = { at: number; order: number; item: T }

export class Queue<T> {
  readonly #heap: Entry<T>[] = []
  #order = 0

  /** `at` in milliseconds. */
  put(at: number, item: T): void {
    const heap = this.#heap
    heap.push({ at, order: this.#order++, item })
    for (let child = heap.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1
      if (!this.#swapWhen(parent, child)) return
      child = parent
    }
  }

  take(): { at: number; item: T } | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    heap[0] = last
    for (let parent = 0; ; ) {
      const [left, right] = [2 * parent + 1, 2 * parent + 2]
      const child = this.#isBefore(right, left) ? right : left
      if (!this.#swapWhen(parent, child)) return first
      parent = child
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]]
    if (one === undefined || other === undefined) return false
    return one.at < other.at || (one.at === other.at && one.order < other.order)
  }

  #swapWhen(parent: number, child: number): boolean {
    if (!this.#isBefore(child, parent)) return false
    const [above, below] = [this.#heap[parent], this.#heap[child]]
    if (above === undefined || below === undefined) return false
    this.#heap[parent] = below
    this.#heap[child] = above
    return true
  }
}
