/** In a page: texts whose contrast with what is behind them is below 4.5 (WCAG 2, AA); of letters that are marks, 3. */
export const faint_texts = () => {
  const parts = color => (color.match(/[\d.]+/g) || []).map(Number);
  const is_opaque = color => /^rgb/.test(color) && (parts(color)[3] ?? 1) > 0.99;
  const luminance = color => {
    const [r, g, b] = parts(color).map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const ground_of = element => {
    const plate = element.closest('.hovertext, .legend')?.querySelector('path, rect.bg');
    const style = plate && getComputedStyle(plate);
    if (style && is_opaque(style.fill) && style.fillOpacity > 0.99) return style.fill;
    for (let e = element; e; e = e.parentElement)
      if (is_opaque(getComputedStyle(e).backgroundColor)) return getComputedStyle(e).backgroundColor;
    return 'rgb(255, 255, 255)';
  };
  const is_seen = (element, style) => element.getClientRects().length && style.visibility === 'visible' &&
    !element.closest('script, style, noscript, svg defs, .modebar');
  const faint = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.data.trim(), element = texts.currentNode.parentElement;
    const style = getComputedStyle(element), is_svg = element instanceof SVGElement;
    if (!text || !is_seen(element, style)) continue;
    const color = is_svg ? style.fill : style.color, ground = ground_of(element), ratio = contrast(color, ground);
    const least = element.closest('.network-mark') ? 3 : 4.5;
    if (!(ratio >= least) || !is_opaque(color) || style.opacity < 1 || is_svg && style.fillOpacity < 1)
      faint.push(`${text.slice(0, 40)}: ${color} on ${ground}, ${ratio.toFixed(2)}`);
  }
  return faint;
};

/** In a page: the colours of its ground and of its first drawn text. */
export const colors = () => {
  const text = document.querySelector('.plot text') || document.querySelector('h1');
  return {ground: getComputedStyle(document.body).backgroundColor,
    ink: getComputedStyle(text)[text instanceof SVGElement ? 'fill' : 'color']};
};
