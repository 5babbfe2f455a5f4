/** The two pages that need no session. Plain HTML: style sheet and icon belong to those who are signed in. */

const page = (head: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Chronicle</title><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">${head}</head><body><main>${body}</main></body></html>\n`

/** Goes on to the interface by itself; being a page of ours, it takes the new cookie along. */
export const signedIn = page(
  '<meta http-equiv="refresh" content="0;url=/">',
  '<p>Signed in. <a href="/">Open Chronicle</a></p>',
)

export const needsSignIn = page(
  '',
  '<h1>Sign in to Chronicle</h1><p>This browser is not signed in, or its link has been used before.</p><p>Open the newest sign-in link that Chronicle printed where it was started. For another link, press Enter in that terminal, or send the process SIGUSR2 and look in its log.</p>',
)
