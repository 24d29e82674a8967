const box = this.closest('.labkit');
const words = handle => handle.closest('.jupyter-widgets').querySelector('.widget-label').textContent;
const icon = button => button.querySelector('.fa-stop') ? 'stop' :
  button.querySelector('.fa-play, .fa-pause') ? 'play or pause' : 'repeat';
const all = (what, words) => box.querySelectorAll(what + ':not([aria-label])')
  .forEach(part => part.setAttribute('aria-label', words(part)));
const name = () => { all('.noUi-handle', words); all('.widget-play button', icon); };
name(); new MutationObserver(name).observe(box, {childList: true, subtree: true});
