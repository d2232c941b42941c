// Loaded into the process that pinned-node.js starts: when the starter is killed, stop as on SIGTERM.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref()
