"""Solutions of 13_style_transfer."""


def adain(content, style):
    normal = (content - content.mean((0, 1))) / content.std((0, 1))
    return style.std((0, 1)) * normal + style.mean((0, 1))


def sees(layers):
    seen, jump = 1, 1
    for kernel, stride in layers:
        seen += (kernel - 1) * jump
        jump *= stride
    return seen


ANSWERS = {"13.1": (adain,), "13.2": (sees,), "13.3": ("bd",)}
