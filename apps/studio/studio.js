// Mailed links lead here. The token is behind the '#', so no server saw it; it is used only when the person confirms.
const api = '/api/v1';
const message = document.getElementById('message');
const button = document.getElementById('confirm');
const parameters = new URLSearchParams(location.hash.slice(1));

async function post(path, body) {
  const response = await fetch(api + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = response.status === 204 ? {} : await response.json();
  if (!response.ok) throw new Error(answer.error?.message ?? `the service answered ${response.status}`);
  return answer;
}

function ask(question, label, action) {
  history.replaceState(null, '', location.pathname);
  message.textContent = question;
  button.textContent = label;
  button.hidden = false;
  button.addEventListener('click', async () => {
    button.hidden = true;
    try {
      message.textContent = await action();
    } catch (error) {
      message.textContent = error.message;
    }
  }, { once: true });
}

if (parameters.has('magic')) {
  ask('Sign in with the link from your mail?', 'Sign in', async () => {
    const answer = await post('/auth/magic-link/consume', { token: parameters.get('magic') });
    sessionStorage.setItem('atelier.access_token', answer.access_token);
    sessionStorage.setItem('atelier.refresh_token', answer.refresh_token);
    return `You are signed in as ${answer.data.user.name}.`;
  });
} else if (parameters.has('verify')) {
  ask('Confirm your e-mail address?', 'Confirm', async () => {
    await post('/auth/verify-email', { token: parameters.get('verify') });
    return 'Your e-mail address is confirmed.';
  });
}
