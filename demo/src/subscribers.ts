// Who watches Orpheum. Data only.
//
// The people are invented. Their numbers are ones nobody has: where a regulator sets numbers aside for fiction, those;
// elsewhere numbers that the country's plan leaves unused. The demo's carrier is a simulator, so no text leaves the
// machine either way.

export interface DemoSubscriber {
  id: string
  name: string
  /** E.164. */
  msisdn: string
  locale: string
  zone: string
  /** ISO 3166, with the state or province where quiet hours depend on it. */
  region: string
  plan: 'basic' | 'standard' | 'premium'
  consents: { titles: boolean; offers: boolean; since: string }
}

// biome-ignore format: a subscriber a line
export const subscribers: readonly DemoSubscriber[] = [
  { id: 'orph-0001', name: 'Maya Okafor', msisdn: '+12125550142', locale: 'en', zone: 'America/New_York', region: 'US-NY', plan: 'premium', consents: { titles: true, offers: true, since: '2024-02-11' } },
  { id: 'orph-0002', name: 'Daniel Reyes', msisdn: '+13055550117', locale: 'es', zone: 'America/New_York', region: 'US-FL', plan: 'standard', consents: { titles: true, offers: true, since: '2024-05-30' } },
  { id: 'orph-0003', name: 'Priya Raman', msisdn: '+14155550173', locale: 'en', zone: 'America/Los_Angeles', region: 'US-CA', plan: 'premium', consents: { titles: true, offers: false, since: '2023-11-04' } },
  { id: 'orph-0004', name: 'Jacob Whitfield', msisdn: '+12145550128', locale: 'en', zone: 'America/Chicago', region: 'US-TX', plan: 'basic', consents: { titles: true, offers: true, since: '2025-01-19' } },
  { id: 'orph-0005', name: 'Sofia Medeiros', msisdn: '+14015550122', locale: 'pt', zone: 'America/New_York', region: 'US-RI', plan: 'standard', consents: { titles: true, offers: true, since: '2024-08-07' } },
  { id: 'orph-0006', name: 'Grace Lindholm', msisdn: '+12065550139', locale: 'en', zone: 'America/Los_Angeles', region: 'US-WA', plan: 'standard', consents: { titles: false, offers: false, since: '2024-10-22' } },
  { id: 'orph-0007', name: 'Malik Johnson', msisdn: '+13125550155', locale: 'en', zone: 'America/Chicago', region: 'US-IL', plan: 'premium', consents: { titles: true, offers: true, since: '2023-09-15' } },
  { id: 'orph-0008', name: 'Hannah Begay', msisdn: '+16025550181', locale: 'en', zone: 'America/Phoenix', region: 'US-AZ', plan: 'basic', consents: { titles: true, offers: false, since: '2025-03-02' } },
  { id: 'orph-0009', name: 'Owen Kealoha', msisdn: '+18085550106', locale: 'en', zone: 'Pacific/Honolulu', region: 'US-HI', plan: 'standard', consents: { titles: true, offers: true, since: '2024-12-25' } },
  { id: 'orph-0010', name: 'Rosa Delgado', msisdn: '+19155550190', locale: 'es', zone: 'America/Denver', region: 'US-TX', plan: 'basic', consents: { titles: true, offers: false, since: '2025-04-18' } },
  { id: 'orph-0011', name: 'Émilie Gagnon', msisdn: '+15145550134', locale: 'fr', zone: 'America/Toronto', region: 'CA-QC', plan: 'premium', consents: { titles: true, offers: true, since: '2024-01-27' } },
  { id: 'orph-0012', name: 'Arjun Sandhu', msisdn: '+16045550187', locale: 'en', zone: 'America/Vancouver', region: 'CA-BC', plan: 'standard', consents: { titles: true, offers: false, since: '2024-06-13' } },
  { id: 'orph-0013', name: 'Keira MacNeil', msisdn: '+17095550151', locale: 'en', zone: 'America/St_Johns', region: 'CA-NL', plan: 'basic', consents: { titles: true, offers: true, since: '2025-02-08' } },
  { id: 'orph-0014', name: 'Amara Bello', msisdn: '+447700900123', locale: 'en', zone: 'Europe/London', region: 'GB', plan: 'premium', consents: { titles: true, offers: true, since: '2023-12-01' } },
  { id: 'orph-0015', name: 'Tom Pritchard', msisdn: '+447700900456', locale: 'en', zone: 'Europe/London', region: 'GB', plan: 'standard', consents: { titles: true, offers: false, since: '2024-03-16' } },
  { id: 'orph-0016', name: 'Fiona MacLeod', msisdn: '+447700900781', locale: 'en', zone: 'Europe/London', region: 'GB', plan: 'basic', consents: { titles: false, offers: false, since: '2024-07-29' } },
  { id: 'orph-0017', name: 'Yusuf Demir', msisdn: '+447700900309', locale: 'en', zone: 'Europe/London', region: 'GB', plan: 'standard', consents: { titles: true, offers: true, since: '2025-05-05' } },
  { id: 'orph-0018', name: 'Aoife Brennan', msisdn: '+353209100014', locale: 'en', zone: 'Europe/Dublin', region: 'IE', plan: 'premium', consents: { titles: true, offers: true, since: '2024-04-21' } },
  { id: 'orph-0019', name: 'Małgorzata Wójcik', msisdn: '+353209150027', locale: 'en', zone: 'Europe/Dublin', region: 'IE', plan: 'basic', consents: { titles: true, offers: false, since: '2024-11-10' } },
  { id: 'orph-0020', name: 'Μαρία Παπαδοπούλου', msisdn: '+61491570006', locale: 'en', zone: 'Australia/Sydney', region: 'AU-NSW', plan: 'premium', consents: { titles: true, offers: true, since: '2024-02-29' } },
  { id: 'orph-0021', name: '陈伟', msisdn: '+61491570156', locale: 'en', zone: 'Australia/Perth', region: 'AU-WA', plan: 'standard', consents: { titles: true, offers: true, since: '2024-09-03' } },
  { id: 'orph-0022', name: 'Ruby Thompson', msisdn: '+61491570313', locale: 'en', zone: 'Australia/Lord_Howe', region: 'AU-NSW', plan: 'basic', consents: { titles: true, offers: false, since: '2025-06-14' } },
  { id: 'orph-0023', name: 'Camille Laurent', msisdn: '+33639980012', locale: 'fr', zone: 'Europe/Paris', region: 'FR', plan: 'premium', consents: { titles: true, offers: true, since: '2023-10-19' } },
  { id: 'orph-0024', name: 'يوسف بن علي', msisdn: '+33639980147', locale: 'fr', zone: 'Europe/Paris', region: 'FR', plan: 'standard', consents: { titles: true, offers: true, since: '2024-05-08' } },
  { id: 'orph-0025', name: 'Inès Moreau', msisdn: '+33639981208', locale: 'fr', zone: 'Europe/Paris', region: 'FR', plan: 'basic', consents: { titles: true, offers: false, since: '2024-12-12' } },
  { id: 'orph-0026', name: 'Théo Girard', msisdn: '+33639984571', locale: 'fr', zone: 'Europe/Paris', region: 'FR', plan: 'standard', consents: { titles: false, offers: true, since: '2025-03-27' } },
  { id: 'orph-0027', name: 'Lena Hoffmann', msisdn: '+491713920014', locale: 'de', zone: 'Europe/Berlin', region: 'DE-BE', plan: 'premium', consents: { titles: true, offers: true, since: '2024-01-06' } },
  { id: 'orph-0028', name: 'Emre Yılmaz', msisdn: '+4917604069027', locale: 'de', zone: 'Europe/Berlin', region: 'DE-NW', plan: 'standard', consents: { titles: true, offers: false, since: '2024-06-24' } },
  { id: 'orph-0029', name: 'Jonas Becker', msisdn: '+4915228817386', locale: 'de', zone: 'Europe/Berlin', region: 'DE-BY', plan: 'basic', consents: { titles: true, offers: true, since: '2024-10-03' } },
  { id: 'orph-0030', name: 'Олена Коваль', msisdn: '+491729968532', locale: 'de', zone: 'Europe/Berlin', region: 'DE-SN', plan: 'standard', consents: { titles: false, offers: false, since: '2025-02-17' } },
  { id: 'orph-0031', name: 'Åsa Nilsson', msisdn: '+46701740612', locale: 'en', zone: 'Europe/Stockholm', region: 'SE', plan: 'premium', consents: { titles: true, offers: true, since: '2024-06-21' } },
  { id: 'orph-0032', name: 'Nuria Soler', msisdn: '+34790000114', locale: 'es', zone: 'Europe/Madrid', region: 'ES-CT', plan: 'standard', consents: { titles: true, offers: true, since: '2024-04-23' } },
  { id: 'orph-0033', name: 'Yaiza Santana', msisdn: '+34790000127', locale: 'es', zone: 'Atlantic/Canary', region: 'ES-CN', plan: 'basic', consents: { titles: true, offers: false, since: '2025-01-05' } },
  { id: 'orph-0034', name: 'Thiago Almeida', msisdn: '+5511900000131', locale: 'pt', zone: 'America/Sao_Paulo', region: 'BR-SP', plan: 'premium', consents: { titles: true, offers: true, since: '2024-03-09' } },
  { id: 'orph-0035', name: 'Juliana Conceição', msisdn: '+5592900000145', locale: 'pt', zone: 'America/Manaus', region: 'BR-AM', plan: 'standard', consents: { titles: true, offers: true, since: '2024-08-30' } },
  { id: 'orph-0036', name: 'Rafael Nascimento', msisdn: '+5581900000118', locale: 'pt', zone: 'America/Recife', region: 'BR-PE', plan: 'basic', consents: { titles: true, offers: false, since: '2025-05-22' } },
  { id: 'orph-0037', name: 'Haruka Tanaka', msisdn: '+819000001101', locale: 'ja', zone: 'Asia/Tokyo', region: 'JP', plan: 'premium', consents: { titles: true, offers: true, since: '2024-02-03' } },
  { id: 'orph-0038', name: '渡辺 健二', msisdn: '+819000001102', locale: 'ja', zone: 'Asia/Tokyo', region: 'JP', plan: 'standard', consents: { titles: true, offers: false, since: '2024-07-07' } },
  { id: 'orph-0039', name: '中村 結衣', msisdn: '+817000001103', locale: 'ja', zone: 'Asia/Tokyo', region: 'JP', plan: 'basic', consents: { titles: true, offers: true, since: '2025-04-29' } },
  { id: 'orph-0040', name: 'அனன்யா ஐயர்', msisdn: '+915000012345', locale: 'en', zone: 'Asia/Kolkata', region: 'IN', plan: 'standard', consents: { titles: true, offers: true, since: '2024-11-01' } },
]
