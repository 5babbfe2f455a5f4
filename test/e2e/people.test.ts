/** What an owner decides about people and about the community itself, in a real browser over a made-up node. */
import { describe, expect, it } from 'vitest'
import type { FakeOptions } from '../support/fake-api.ts'
import { fakeCommunityId, fakeContact } from '../support/fake-world.ts'
import { type FakeSurface, fakeSurfaces } from './fake-server.ts'

const openSurface = fakeSurfaces()

const id = fakeCommunityId(1)
const owner: FakeOptions = {
  profiles: ['Ines Ferro'],
  loggedIn: true,
  communities: [
    { name: 'Logbook', role: 'owner', weeks: 4, archives: 'none', channels: [{ name: 'general', messages: 3 }] },
  ],
}

async function start(hash: string): Promise<FakeSurface> {
  return await openSurface(owner, { hash })
}
const called = (surface: FakeSurface, name: string) => surface.api.calls.find((call) => call.name === name)?.input

describe('people', () => {
  it('who asks is let in or refused, and the place that leads here says how many wait', async () => {
    const surface = await start(`#/c/${id}/people`)
    const { page } = surface
    await page.getByRole('link', { name: 'People 2 asking' }).waitFor()
    await page.getByRole('button', { name: 'Let Dora in' }).click()
    await page.getByRole('region', { name: 'Members' }).getByText('Dora').waitFor()
    await page.getByRole('button', { name: 'Refuse Emil' }).click()
    await page.getByText('Everybody who asks is let in at once.').waitFor()
    expect(called(surface, 'communities.refuse')).toEqual({ id, contactIds: [fakeContact(51)] })
  })

  it('an admin is made at once; a ban asks first and says what it means', async () => {
    const surface = await start(`#/c/${id}/people`)
    const { page } = surface
    await page.getByRole('button', { name: 'More about Bob' }).click()
    await page.getByRole('menuitem', { name: 'Make an admin' }).click()
    await page.getByRole('region', { name: 'Members' }).getByText('Admin').waitFor()
    await page.getByRole('button', { name: 'More about Cleo' }).click()
    await page.getByRole('menuitem', { name: 'Ban…' }).click()
    await page.getByText('They cannot join again').waitFor()
    await page.getByRole('button', { name: 'Ban Cleo' }).click()
    await page.getByRole('region', { name: 'Banned' }).getByText('Cleo').waitFor()
  })

  it('the owner is nobody’s to remove', async () => {
    const { page } = await start(`#/c/${id}/people`)
    await page.getByRole('button', { name: 'More about Ines Ferro' }).click()
    await page.getByRole('menuitem', { name: 'Copy public key' }).waitFor()
    expect(await page.getByRole('menuitem').count()).toBe(1)
  })
})

describe('joining', () => {
  it('takes a link as it takes an id, and says of anything else that it is neither', async () => {
    const surface = await start('')
    const { page } = surface
    await page.getByRole('button', { name: 'Add a community' }).click()
    const field = page.getByLabel('Community id or link')
    await field.fill('harbour.example')
    await page.getByText('nor a link').waitFor()
    expect(await page.getByRole('button', { name: 'Join', exact: true }).isDisabled()).toBe(true)
    const link = 'https://status.app/c#zQ3shZaPmVbZMgPiXwq8Zq5vAbUVtUmTmhCBgdCNzEJdmHTDn'
    await field.fill(` ${link} `)
    await page.getByRole('button', { name: 'Join', exact: true }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(called(surface, 'communities.join')).toEqual({ link })
  })
})

describe('the community itself', () => {
  it('is edited as a whole, and what was typed stays where it could not be saved', async () => {
    const surface = await start(`#/c/${id}`)
    const { page, api } = surface
    await page.getByRole('button', { name: /^Logbook/ }).click()
    await page.getByRole('menuitem', { name: 'Edit community' }).click()
    api.fail('communities.edit', { code: 'bad-name', message: 'That name is taken.', action: 'Choose another.' })
    const name = page.getByLabel('Name', { exact: true })
    await name.fill('Harbour log')
    await page.getByRole('radio', { name: 'Who I let in' }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('alert').getByText('Nothing was changed').waitFor()
    expect(await name.inputValue()).toBe('Harbour log')
    api.fail('communities.edit', null)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: /^Harbour log/ }).waitFor()
    expect(called(surface, 'communities.edit')).toMatchObject({ id, joining: 'request' })
  })

  it('a channel is renamed, and removed only after a word about what stays', async () => {
    const { page } = await start(`#/c/${id}`)
    await page.getByRole('button', { name: 'Edit #general' }).focus()
    await page.keyboard.press('Enter')
    await page.getByLabel('Name', { exact: true }).fill('harbour')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: 'Edit #harbour' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Remove channel…' }).click()
    await page.getByText('What was said in it stays').waitFor()
    await page.getByRole('button', { name: 'Remove #harbour' }).click()
    await page.getByText('None known yet.').waitFor()
  })
})
