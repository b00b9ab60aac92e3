/** The default theme without fonts of its own, and wide enough for lines of code. */
import DefaultTheme from 'vitepress/theme-without-fonts';
import './wide.css';

export default DefaultTheme;
