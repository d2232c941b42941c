document.documentElement.dataset.script = ''
