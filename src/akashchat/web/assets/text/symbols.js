// What TeX's commands stand for.

const table = (text) => Object.fromEntries(text.trim().split(/\s+/).map((pair) => pair.split(":")));

/** Letters: written slanted, as variables are. */
export const LETTERS = table(`
  alpha:α beta:β gamma:γ delta:δ epsilon:ϵ varepsilon:ε zeta:ζ eta:η theta:θ vartheta:ϑ iota:ι kappa:κ lambda:λ mu:μ nu:ν xi:ξ
  pi:π varpi:ϖ rho:ρ varrho:ϱ sigma:σ varsigma:ς tau:τ upsilon:υ phi:ϕ varphi:φ chi:χ psi:ψ omega:ω
  Gamma:Γ Delta:Δ Theta:Θ Lambda:Λ Xi:Ξ Pi:Π Sigma:Σ Upsilon:Υ Phi:Φ Psi:Ψ Omega:Ω
  infty:∞ partial:∂ nabla:∇ hbar:ℏ ell:ℓ Re:ℜ Im:ℑ aleph:ℵ emptyset:∅ varnothing:∅ imath:ı jmath:ȷ degree:° prime:′ top:⊤ bot:⊥
  dots:… ldots:… cdots:⋯ vdots:⋮ ddots:⋱ angle:∠ triangle:△ square:□ blacksquare:■ checkmark:✓
`);

/** Operators and relations: spaced by the browser. */
export const OPERATORS = table(`
  times:× div:÷ cdot:⋅ pm:± mp:∓ ast:∗ star:⋆ circ:∘ bullet:∙ oplus:⊕ ominus:⊖ otimes:⊗ odot:⊙ wedge:∧ land:∧ vee:∨ lor:∨ neg:¬ lnot:¬
  cap:∩ cup:∪ setminus:∖ leq:≤ le:≤ leqslant:≤ geq:≥ ge:≥ geqslant:≥ neq:≠ ne:≠ approx:≈ equiv:≡ cong:≅ sim:∼ simeq:≃ propto:∝ ll:≪ gg:≫
  prec:≺ succ:≻ subset:⊂ supset:⊃ subseteq:⊆ supseteq:⊇ in:∈ notin:∉ ni:∋ forall:∀ exists:∃ nexists:∄ therefore:∴ because:∵
  to:→ rightarrow:→ leftarrow:← gets:← leftrightarrow:↔ Rightarrow:⇒ implies:⟹ Leftarrow:⇐ Leftrightarrow:⇔ iff:⟺ mapsto:↦ longrightarrow:⟶
  uparrow:↑ downarrow:↓ rightharpoonup:⇀ hookrightarrow:↪ perp:⊥ parallel:∥ mid:∣ nmid:∤ vdash:⊢ models:⊨ triangleq:≜ coloneqq:≔ asymp:≍
  colon:: backslash:\\ lbrace:{ rbrace:} langle:⟨ rangle:⟩ lfloor:⌊ rfloor:⌋ lceil:⌈ rceil:⌉ lvert:| rvert:| vert:| lVert:‖ rVert:‖ Vert:‖ lbrack:[ rbrack:]
`);
OPERATORS["|"] = "‖";
OPERATORS["{"] = "{";
OPERATORS["}"] = "}";

/** Large operators; the second kind has its limits above and below in a formula of its own. */
export const INTEGRALS = table("int:∫ iint:∬ iiint:∭ oint:∮");
export const SUMS = table("sum:∑ prod:∏ coprod:∐ bigcup:⋃ bigcap:⋂ bigoplus:⨁ bigotimes:⨂ bigvee:⋁ bigwedge:⋀");

/** Functions, set upright; those of the second kind take limits. */
export const FUNCTIONS = new Set("sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh ln log lg exp arg deg dim hom ker det gcd Pr mod".split(" "));
export const LIMITS = new Set("lim max min sup inf limsup liminf argmax argmin".split(" "));

/** Marks above a letter, and lines and braces over and under. */
export const ACCENTS = table("hat:^ widehat:^ bar:¯ overline:‾ vec:→ overrightarrow:→ dot:˙ ddot:¨ tilde:~ widetilde:~ check:ˇ breve:˘ overbrace:⏞");
export const UNDERS = table("underline:_ underbrace:⏟");

export const SPACES = { ",": "0.167em", ":": "0.222em", ">": "0.222em", ";": "0.278em", " ": "0.333em", "!": "-0.167em", quad: "1em", qquad: "2em", enspace: "0.5em", thinspace: "0.167em" };

/** Environments of rows and cells: the fences around them, and how their columns stand. */
export const ENVIRONMENTS = {
  matrix: ["", ""], smallmatrix: ["", ""], pmatrix: ["(", ")"], bmatrix: ["[", "]"], Bmatrix: ["{", "}"], vmatrix: ["|", "|"], Vmatrix: ["‖", "‖"], array: ["", ""],
  cases: ["{", "", "left"], aligned: ["", "", "sides"], align: ["", "", "sides"], "align*": ["", "", "sides"], split: ["", "", "sides"], alignedat: ["", "", "sides"],
  gathered: ["", ""], gather: ["", ""], "gather*": ["", ""], equation: ["", ""], "equation*": ["", ""],
};

// Alphabets of mathematics, each by where its A and a begin; some letters had a place before the others.
const ALPHABETS = {
  mathbf: [0x1d400, 0x1d41a, 0x1d7ce], boldsymbol: [0x1d468, 0x1d482, 0x1d7ce], bm: [0x1d468, 0x1d482, 0x1d7ce], mathbb: [0x1d538, 0x1d552, 0x1d7d8], mathcal: [0x1d49c, 0x1d4b6],
  mathscr: [0x1d49c, 0x1d4b6], mathfrak: [0x1d504, 0x1d51e], mathsf: [0x1d5a0, 0x1d5ba, 0x1d7e2], mathtt: [0x1d670, 0x1d68a, 0x1d7f6],
};
const EARLIER = table(`
  mathbbC:ℂ mathbbH:ℍ mathbbN:ℕ mathbbP:ℙ mathbbQ:ℚ mathbbR:ℝ mathbbZ:ℤ mathcalB:ℬ mathcalE:ℰ mathcalF:ℱ mathcalH:ℋ mathcalI:ℐ mathcalL:ℒ mathcalM:ℳ
  mathcalR:ℛ mathcale:ℯ mathcalg:ℊ mathcalo:ℴ mathscrB:ℬ mathscrE:ℰ mathscrF:ℱ mathscrH:ℋ mathscrI:ℐ mathscrL:ℒ mathscrM:ℳ mathscrR:ℛ mathfrakC:ℭ mathfrakH:ℌ
  mathfrakI:ℑ mathfrakR:ℜ mathfrakZ:ℨ
`);

export const isAlphabet = (name) => name in ALPHABETS;

/** A text in one of the alphabets. */
export function inAlphabet(name, text) {
  const [upper, lower, digit] = ALPHABETS[name];
  const turned = (letter) => {
    if (EARLIER[name + letter]) return EARLIER[name + letter];
    const code = letter.codePointAt(0);
    if (/[A-Z]/.test(letter)) return String.fromCodePoint(upper + code - 65);
    if (/[a-z]/.test(letter)) return String.fromCodePoint(lower + code - 97);
    return digit && /\d/.test(letter) ? String.fromCodePoint(digit + code - 48) : letter;
  };
  return [...text].map(turned).join("");
}
