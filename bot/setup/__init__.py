"""Setting the service up at a forge: GitHub's manifest flow in the browser, webhooks of GitLab, and where it is stored."""
