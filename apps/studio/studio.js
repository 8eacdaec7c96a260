// The shell: which page answers to which address, and for whom.
import { begin, signedIn } from './session.js';
import { start } from './router.js';
import { showHeader } from './shell/header.js';
import { home } from './shell/home.js';
import { signIn } from './account/sign-in.js';
import { signUp } from './account/sign-up.js';
import { magicLink, verification } from './account/mailed-links.js';
import { profile } from './challenge/profile.js';
import { hackathons } from './challenge/student.js';
import { studentHackathon } from './challenge/participation.js';
import { conversation } from './challenge/conversation.js';
import { jury, queue } from './challenge/examiner.js';
import { copy } from './challenge/grading.js';
import { organisation } from './challenge/organiser.js';
import { newHackathon, editHackathon } from './challenge/hackathon-form.js';
import { organisedHackathon } from './challenge/hackathon.js';
import { accounts } from './challenge/accounts.js';

const examiners = ['examiner', 'admin'];
const organisers = ['admin'];

// The part of the address behind the '#' is the page; a jump within one must not change it.
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  document.getElementById('main').focus();
});

start(document.getElementById('main'), [
  { path: '/', page: home },
  { path: '/connexion', page: signIn },
  { path: '/inscription', page: signUp },
  { path: '/lien', page: magicLink },
  { path: '/verification', page: verification },
  { path: '/profil', page: profile, roles: 'any' },
  { path: '/hackathons', page: hackathons, roles: 'any' },
  { path: '/hackathons/:id', page: studentHackathon, roles: 'any' },
  { path: '/conversations/:id', page: conversation, roles: 'any' },
  { path: '/jury', page: jury, roles: examiners },
  { path: '/jury/:id', page: queue, roles: examiners },
  { path: '/jury/:id/:copy', page: copy, roles: examiners },
  { path: '/organisation', page: organisation, roles: organisers },
  { path: '/organisation/nouveau', page: newHackathon, roles: organisers },
  { path: '/organisation/comptes', page: accounts, roles: organisers },
  { path: '/organisation/:id', page: organisedHackathon, roles: organisers },
  { path: '/organisation/:id/modifier', page: editHackathon, roles: organisers },
], { signedIn, before: begin, after: showHeader });
