// Networks that people come through and are not at: data centres, VPNs, relays. The place of such an address says where a
// machine stands, and nothing of who uses it.

/** By number: what is known by name to sell exits, or to carry those of a relay (Apple's list of egress addresses is of these). */
const hidden: ReadonlySet<number> = new Set([
  ...[13335, 54113, 36183, 20940], // Cloudflare, Fastly, Akamai: iCloud Private Relay and WARP
  ...[9009, 60068, 212238, 136787, 207137, 199218, 209854, 147049], // M247, Datacamp, Packethub: where most VPNs rent
  ...[14061, 16276, 24940, 63949, 20473, 51167, 12876, 60781, 28753, 16265], // DigitalOcean, OVH, Hetzner, Linode, Vultr, Contabo, Scaleway, Leaseweb
  ...[16509, 14618, 8075, 396982, 15169, 31898, 45102, 132203], // Amazon, Microsoft, Google, Oracle, Alibaba, Tencent
  ...[60729, 208294, 205100, 210558, 53667, 197540, 8100, 62240], // exits of Tor, and cheap servers
])

/** What such companies call themselves. Google Fiber and the like sell lines to people, so plain names of clouds are not here. */
const words =
  /\b(hosting|hosted|web ?host|host(er|ers)?|data ?cent(er|re)s?|datacamp|cloud(?!\w)|vps|dedicated|colo(cation|crossing)?|servers?|vpn|proxy|proxies|tor[- ]exit|relay|anonymi[sz]|m247|ovh|hetzner|linode|vultr|choopa|digitalocean|leaseweb|contabo|scaleway|akamai|fastly|cloudflare|packethub|quadranet|psychz|nordvpn|expressvpn|mullvad|proton)\b/i

export const isHiding = (asn: number | null, name: string | null): boolean =>
  (asn !== null && hidden.has(asn)) || (name !== null && words.test(name))
