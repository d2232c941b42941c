/** A plugin as somebody else would write it: it imports nothing of Linekeeper but types, and needs no build. */
import type { Plugin } from '../../src/plugins.ts'
import { toyGateway } from './gateway.ts'

const plugin: Plugin = (kit) => ({ gateways: [toyGateway(kit)] })
export default plugin
