// Simulated carriers that speak SMPP, several in one process of its own: USHER_CARRIERS names them. USHER_RECORD is `on`
// where their ledgers are read.
import { startSimulator } from '@usher/server/simulator/simulator'

const simulator = await startSimulator({
  carriers: process.env.USHER_CARRIERS!.split(',').map(name => ({
    ...{ name, protocol: 'smpp', systemId: 'usher', password: 'demo' },
  })),
  keepTexts: false,
  record: process.env.USHER_RECORD === 'on',
})
process.send!({ port: simulator.httpPort, smppPorts: simulator.carriers.map(({ smppPort }) => smppPort) })
const stop = () => simulator.stop().then(() => process.exit(0))
process.once('SIGTERM', stop)
process.once('SIGINT', () => {}) // the terminal tells parent and child alike; the parent decides
process.once('disconnect', stop)
