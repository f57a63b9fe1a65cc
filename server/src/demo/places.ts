// Where the addresses of the demo are. They are those that RFC 5737 and RFC 3849 set aside for documentation, of networks
// that RFC 5398 sets aside: nobody has them, so the demo gives them places.
import type { PlacesOptions } from '../account/place.ts'

type DemoPlace = NonNullable<PlacesOptions['own']>[number]

const at = (
  range: string,
  [country, city, latitude, longitude]: [string, string, number, number],
  [asn, name]: [number, string],
  isHidden = false,
): DemoPlace => ({
  range,
  place: { country, city, at: { latitude, longitude }, network: { asn, name }, isHidden },
})

const fibre: [number, string] = [64_496, 'Example Fibre']
const mobile: [number, string] = [64_497, 'Example Mobile']
const cable: [number, string] = [64_498, 'Example Cable']
const hosting: [number, string] = [64_511, 'Example Hosting']

const london: [string, string, number, number] = ['GB', 'London', 51.5, -0.1]

export const demoPlaces: readonly DemoPlace[] = [
  at('203.0.113.0/26', london, fibre),
  at('203.0.113.64/26', london, mobile),
  at('203.0.113.128/26', ['GB', 'Manchester', 53.5, -2.2], fibre),
  at('203.0.113.192/26', ['IE', 'Dublin', 53.3, -6.3], fibre),
  at('198.51.100.0/26', ['FR', 'Lyon', 45.8, 4.8], cable),
  at('198.51.100.64/26', ['DE', 'Berlin', 52.5, 13.4], cable),
  at('198.51.100.128/26', ['US', 'New York', 40.7, -74], cable),
  at('198.51.100.192/26', ['JP', 'Tokyo', 35.7, 139.7], mobile),
  at('192.0.2.0/25', ['AU', 'Sydney', -33.9, 151.2], cable),
  at('192.0.2.128/25', ['NL', 'Amsterdam', 52.4, 4.9], hosting, true),
  at('2001:db8::/33', london, fibre),
  at('2001:db8:8000::/33', ['US', 'New York', 40.7, -74], cable),
]
