export { ProfileMenu } from './profile-menu.tsx'
export { Welcome } from './welcome.tsx'
