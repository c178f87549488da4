/** What the demo sends. */
export const MESSAGE = {
  subject: 'Keep the lighthouse lit',
  message: 'The lighthouse is to be switched off on the first of the month. Please vote against it.',
  sender: { name: 'Nora Lamplighter', email: 'nora@example.com' },
};
