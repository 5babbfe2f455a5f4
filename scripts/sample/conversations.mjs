/** The texts of the sample community: an invented neighbourhood that runs a handful of home-made weather stations. */

/** Each conversation is said once: its channel, then who says what, in order. */
export const conversations = [
  [
    'general',
    'Ilse: Good morning everyone 👋 This place is for the weather stations between the canal and the old brickworks. Say hello!',
    'Tomasz: hello! station 3, on the bakery roof',
    'Noor: Hi. Station 7, second floor balcony, north side. Readings are a bit optimistic on warm days because of the wall.',
    'Kofi: no station yet, but I have a soldering iron and free evenings',
  ],
  [
    'general',
    'Ilse: House rules, short version:\n\n1. Readings go to #stations.\n2. Code and wiring go to #firmware.\n3. Plants go to #garden. Yes, tomatoes count.\n4. Be kind, also to the sensors.',
  ],
  [
    'general',
    'Maren: Who has the long ladder at the moment?',
    'Tomasz: it leans against the bakery, back yard. Take it, tell me, bring it back',
    'Maren: Got it. Back on Sunday.',
  ],
  [
    'general',
    'Bashir: Are the readings public? A neighbour asked whether the school may use them.',
    'Ilse: Yes, everything in #stations may be used by anyone. Name the street, not the person.',
    'Bashir: 👍 I will tell the school.',
  ],
  [
    'general',
    'Lucía: ¿Alguien habla español? My mother wants a station and my English runs out at "dew point".',
    'Noor: Yo un poco. Dew point es «punto de rocío».',
    'Lucía: ¡Gracias! 🙏',
  ],
  [
    'general',
    'Kofi: Meeting on Thursday at seven, in the reading room above the chemist. I bring the box with spare sensors.',
    'Petra: I will be late, please keep a chair',
    'Wen: 我也去。I can bring tea for eight people ☕',
    'Ilse: Then eight people it is.',
  ],
  [
    'general',
    'Ilse: Minutes of Thursday:\n- Station 9 moves to the lock keeper’s house.\n- We keep one reading every ten minutes.\n- Kofi documents the wiring, with photographs.\n- Next meeting in four weeks, same room.',
  ],
  [
    'general',
    'Petra: I will be away for three weeks. My station reports by itself, but somebody should empty the rain gauge.',
    'Maren: I pass by every morning, I can do it',
    'Petra: The key is where the key always is 😉',
  ],
  [
    'general',
    'Tomasz: the local paper wants a photo of "the weather people"',
    'Wen: Do we have to look at the sky in a meaningful way?',
    'Tomasz: they said please yes',
  ],
  [
    'general',
    'Noor: It was quiet here for a while. Everything well?',
    'Ilse: Holidays and hay fever, nothing else. The stations kept going.',
  ],
  [
    'general',
    'Bashir: The school has drawn our readings on a wall, two metres high. Blue is cold, red is warm. It looks like a carpet.',
    'Lucía: I want to see that. Can one visit?',
    'Bashir: Friday after two, ask for the physics room.',
  ],
  [
    'general',
    'Wen: Small question: why do we keep old messages at all? The app on my phone forgets after a month.',
    'Ilse: Because in March nobody will remember why station 9 has an offset of 0.4 degrees. It is written here, and it should stay here.',
    'Wen: Fair. I had already forgotten that it has one.',
  ],
  [
    'stations',
    'Noor: Station 7 shows 61.8 °C since this morning. I do not think so.',
    'Kofi: that is the value for "no sensor". Cable?',
    'Noor: A pigeon sat on it. Cable is back in. 19.2 °C.',
    'Kofi: please log the pigeon',
  ],
  [
    'stations',
    'Petra: Rain gauge comparison, same night, 200 m apart:\n\nstation 2   11.4 mm\nstation 5    7.9 mm\nstation 8   11.1 mm\n\nStation 5 stands under a chestnut. I would not trust it before November.',
  ],
  [
    'stations',
    'Tomasz: wind on the bakery roof: 23 m/s?? the flour dust sensor was jealous',
    'Maren: Same here, 21. Two tiles are in the yard.',
    'Ilse: So it was real. Please all check your masts before the weekend.',
  ],
  [
    'stations',
    'Wen: Station 4 is online. Height 12 m, sensor faces north-east, nothing hot within three metres.',
    'Ilse: Welcome, station 4! 🎉',
    'Bashir: First reading agrees with mine to 0.1. Suspicious. Did you copy?',
    'Wen: 😇',
  ],
  [
    'stations',
    'Lucía: My mother’s station has a number now: 11. She calls it Ofelia.',
    'Kofi: then Ofelia it is, id 11',
    'Lucía: She also writes the readings into a notebook, with a pencil. In case the internet is full.',
  ],
  [
    'stations',
    'Maren: Does anybody else see pressure falling this fast?',
    'Tomasz: 1009 → 997 since noon',
    'Noor: 996 here. Close your windows.',
    'Maren: Closed. Thank you!',
  ],
  [
    'stations',
    'Bashir: I compared all stations for one calm night. Spread is 0.7 °C, and half of it is Petra’s wall.',
    'Petra: The wall was here before the station.',
    'Bashir: I am not blaming the wall.',
  ],
  [
    'stations',
    'Ilse: Station 9 moved today. Old place until 10:40, new place from 11:20. Offset of +0.4 °C until somebody recalibrates it; please keep this message.',
  ],
  [
    'stations',
    'Kofi: frost last night: −1.3 at the canal, +0.6 at the bakery',
    'Tomasz: ovens 🥐',
    'Kofi: we should declare the bakery its own climate',
  ],
  [
    'stations',
    'Noor: Humidity 100 % for nine hours. Fog or a drowned sensor?',
    'Maren: Fog. I cannot see the church.',
    'Noor: I cannot see the sensor.',
  ],
  [
    'firmware',
    'Kofi: the loop, after the last change:\n\n```c\nfor (;;) {\n  sample_t s = read_all();\n  if (valid(&s)) queue_push(&outbox, &s);\n  flush(&outbox);\n  sleep_until(next_slot(600));\n}\n```\n\nnew: nothing leaves the queue before the other side said yes',
    'Wen: So a night without network costs nothing?',
    'Kofi: it costs 64 bytes a reading, we have room for eleven days',
    'Wen: 👏',
  ],
  [
    'firmware',
    'Bashir: Why is `next_slot` not simply "now + 600"?',
    'Kofi: because then it drifts: 600 s plus the time to read, every time. After a week you report at 12:07 instead of 12:00',
    'Bashir: Understood. Maybe that belongs in the comment?',
    'Kofi: it does now',
  ],
  [
    'firmware',
    'Petra: Station 2 restarts every 49 days, give or take. Known?',
    'Kofi: 49.7 days = 2^32 ms. I know this one by its first name',
    'Petra: Is it fixed?',
    'Kofi: `uint64_t` since yesterday. Fixed, and embarrassed',
  ],
  [
    'firmware',
    'Wen: Wiring of the pressure sensor, for the record:\n\n| pin | colour |\n|-----|--------|\n| VCC | red    |\n| GND | black  |\n| SDA | yellow |\n| SCL | white  |\n\nIf yours has a green wire, it is the other model and wants 5 V.',
  ],
  [
    'firmware',
    'Noor: Compiler says `implicit declaration of function ‘flush’`. Did I miss a file?',
    'Kofi: outbox.h, I forgot to add it. Sorry! One minute',
    'Noor: Works. 1 warning left: "unused variable pigeon".',
    'Kofi: that one stays',
  ],
  [
    'firmware',
    'Bashir: I measured the battery: 3.31 V after 30 days, radio once every ten minutes. At this rate it lasts until October.',
    'Wen: With the small panel it should last for ever. Mine went up during the day.',
  ],
  [
    'firmware',
    'Kofi: release notes, 0.9:\n- readings carry their own time, not the time of arrival\n- a lost acknowledgement no longer doubles a reading\n- the LED is off at night (sorry, Noor)',
    'Noor: My bedroom thanks you.',
  ],
  [
    'firmware',
    'Tomasz: how do I read the log without a computer on the roof?',
    'Kofi: hold the button for 3 s, it blinks the last error: long = 10, short = 1',
    'Tomasz: it blinks long, short, short',
    'Kofi: 12: flour in the fan 😄',
    'Tomasz: I choose to believe you',
  ],
  [
    'firmware',
    'Wen: Pull request for the calibration table is up. One line for each station, offset in hundredths of a degree:\n\n```json\n{ "2": -15, "7": -60, "9": 40, "11": 0 }\n```',
    'Bashir: -60 for a balcony wall. Harsh but true.',
  ],
  [
    'garden',
    'Lucía: Tomatoes, first week of March, on the window sill: too early?',
    'Petra: Too early for March, just right for hope.',
    'Maren: Mine are 4 cm high and lean towards the street lamp.',
  ],
  [
    'garden',
    'Maren: Seeds to give away: beans (climbing), chard, and something in an envelope that says "surprise 2019".',
    'Noor: I take the surprise!',
    'Kofi: of course you do',
  ],
  [
    'garden',
    'Petra: Ground temperature at 5 cm: 9.8 °C. Potatoes may go in.',
    'Lucía: You measured that for potatoes?',
    'Petra: I built a weather station for potatoes. The rest is a by-product.',
  ],
  [
    'garden',
    'Wen: Snails: 14. Lettuces: 0.',
    'Maren: 😢',
    'Petra: Copper tape. Or a goose.',
    'Wen: The house rules say nothing about geese.',
  ],
  [
    'garden',
    'Noor: The surprise of 2019 has come up. Round leaves, smells of pepper. Nasturtium?',
    'Maren: Capuchinha! Flowers are edible.',
    'Noor: It climbs the station mast. Is that a problem for the readings?',
    'Ilse: For the wind, a little. For the mood, no.',
  ],
  [
    'garden',
    'Lucía: First ripe one today 🍅 It weighed 212 g. My mother wrote that down too.',
    'Petra: Same notebook as the humidity?',
    'Lucía: Same page.',
  ],
  [
    'garden',
    'Tomasz: does anyone need sourdough? I feed it daily and it has begun to feed back',
    'Bashir: A jar for me please.',
    'Wen: Two, one is for the snails to stay away from the lettuce.',
    'Tomasz: that is not how it works',
    'Wen: We will measure it.',
  ],
  [
    'garden',
    'Maren: Watering plan for the dry weeks: mornings even numbers, evenings odd numbers. Rain barrel by the gate is for everybody.',
    'Ilse: 12 mm announced for Saturday, so maybe the plan has a short life.',
  ],
  [
    'garden',
    'Petra: Harvest so far, community bed:\n\t- potatoes: 31 kg\n\t- beans: 6 kg\n\t- courgettes: we stopped counting\n\nThank you all. Come and take some, please, especially courgettes.',
  ],
]

export const people = ['Ilse', 'Tomasz', 'Noor', 'Kofi', 'Maren', 'Bashir', 'Lucía', 'Petra', 'Wen']

/** What a station's keeper writes on an ordinary day; the numbers are drawn. */
export const reports = [
  (n) => `Station ${n.station}: ${n.temperature} °C, ${n.humidity} %, ${n.pressure} hPa.`,
  (n) => `${n.pressure} hPa and ${n.trend}, ${n.temperature} °C at station ${n.station}`,
  (n) => `Rain since yesterday, station ${n.station}: ${n.rain} mm`,
  (n) =>
    `station ${n.station}, six in the evening:\n  temperature ${n.temperature} °C\n  wind        ${n.wind} m/s\n  rain        ${n.rain} mm`,
  (n) => `${n.temperature} °C here (station ${n.station}). ${n.remark}`,
]

export const remarks = [
  'Feels warmer.',
  'The swifts are back!',
  'Washing dries in an hour.',
  'First coat of the year.',
  'Clear sky, 🌙 almost full.',
  'Hail the size of peas, two minutes.',
  'Nothing to report, and I report it.',
  'Rainbow over the brickworks 🌈',
]
