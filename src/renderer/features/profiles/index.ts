/** Who is logged in: first run, login, logout. */
export { ProfileMenu } from './profile-menu.tsx'
export { Welcome } from './welcome.tsx'
