// The shell: which page answers to which address, and for whom.
import { begin, signedIn } from './session.js';
import { start } from './router.js';
import { showHeader } from './shell/header.js';
import { watchConnection } from './shell/connection.js';
import { served } from './shell/products.js';
import { home } from './shell/home.js';
import { signIn } from './account/sign-in.js';
import { signUp } from './account/sign-up.js';
import { magicLink, verification } from './account/mailed-links.js';
import { resetPassword } from './account/reset-password.js';
import { account } from './account/account.js';
import { wardrobe } from './wearit/wardrobe.js';
import { addGarments } from './wearit/add-garments.js';
import { garment } from './wearit/garment.js';
import { bodyPage } from './wearit/body.js';
import { startTryon } from './wearit/start.js';
import { tryonPage } from './wearit/tryon.js';
import { favorites, tryons } from './wearit/history.js';
import { webhooks } from './wearit/webhooks.js';
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

const shell = [
  { path: '/', page: home },
  { path: '/connexion', page: signIn },
  { path: '/inscription', page: signUp },
  { path: '/mot-de-passe', page: resetPassword },
  { path: '/lien', page: magicLink },
  { path: '/verification', page: verification },
  { path: '/compte', page: account, roles: 'any' },
];

const wearit = [
  { path: '/garde-robe', page: wardrobe, roles: 'any' },
  { path: '/garde-robe/ajouter', page: addGarments, roles: 'any' },
  { path: '/garde-robe/:id', page: garment, roles: 'any' },
  { path: '/ma-photo', page: bodyPage, roles: 'any' },
  { path: '/essayer', page: startTryon, roles: 'any' },
  { path: '/essayages', page: tryons, roles: 'any' },
  { path: '/essayages/:id', page: tryonPage, roles: 'any' },
  { path: '/favoris', page: favorites, roles: 'any' },
  { path: '/webhooks', page: webhooks, roles: 'any' },
];

const challenge = [
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
];

watchConnection();
start(
  document.getElementById('main'),
  [...shell, ...(served.has('wearit') ? wearit : []), ...(served.has('challenge') ? challenge : [])],
  { signedIn, before: begin, after: showHeader },
);
