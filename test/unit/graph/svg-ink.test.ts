import { expect, it } from 'vitest';
import { SvgInk } from '../../../webview/graph/svg-ink.ts';

it('escapes names and leaves no sign that XML forbids', () => {
  const ink = new SvgInk('"Segoe UI", sans-serif');
  ink.text('</text><script>alert("1")</script>&amp;\u0000\u0008\ud800\ufffe', 1, 2, { size: 11, weight: 400, color: '#fff' });
  const svg = ink.file('a <b> & "c"', 10, 20);
  expect(svg).not.toContain('<script');
  expect(svg).toContain('&#60;/text&#62;&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#38;amp;\ufffd\ufffd\ufffd\ufffd</text>');
  expect(svg).toContain('<title>a &#60;b&#62; &#38; &#34;c&#34;</title>');
  expect(svg).toContain('font-family="&#34;Segoe UI&#34;, sans-serif"');
});

it('draws what it is asked to', () => {
  const ink = new SvgInk('sans-serif');
  ink.fade(0.5);
  ink.box(0.123456, 1, 20, 10, 40, { fill: 'red', stroke: 'blue', width: 2, dash: [4, 3] });
  ink.fade(1);
  ink.path((pen) => (pen.moveTo(1, 2), pen.bezierCurveTo(1, 2, 3, 4, 5, 6), pen.closePath()), { stroke: 'red' });
  ink.path(() => {}, { stroke: 'red' });
  const svg = ink.file('', 1, 1);
  expect(svg).toContain(
    '<rect x="0.12" y="1" width="20" height="10" rx="5" fill="red" stroke="blue" stroke-width="2" stroke-dasharray="4 3" opacity="0.5"/>',
  );
  expect(svg.match(/<path.*/g)).toEqual(['<path d="M1 2C1 2 3 4 5 6Z" fill="none" stroke="red" stroke-width="1"/>']);
});
