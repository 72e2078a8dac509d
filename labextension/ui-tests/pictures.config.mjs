// Makes the pictures of the documentation: npm run pictures.
import config from './playwright.config.mjs';

export default { ...config, testMatch: 'pictures.ts' };
