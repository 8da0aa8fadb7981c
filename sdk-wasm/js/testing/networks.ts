// The addresses from which an API key may be used, read as the real service reads them.

/** A network in its normal form, `203.0.113.0/24`; `null` if the text is not one, or has bits after the prefix. */
export function networkOf(text: string): string | null {
  const [address = "", digits, ...more] = text.split("/");
  const read = ipv4(address) ?? ipv6(address);
  if (!read || more.length > 0) return null;
  const prefix = digits === undefined ? read.bits.length : Number(digits);
  const isPrefix = digits === undefined || (/^(0|[1-9]\d*)$/.test(digits) && prefix <= read.bits.length);
  return isPrefix && !read.bits.slice(prefix).includes("1") ? `${read.text}/${prefix}` : null;
}

interface Address {
  readonly text: string;
  /** Binary digits. */
  readonly bits: string;
}

function ipv4(text: string): Address | null {
  const parts = text.split(".");
  const isAddress = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
  return isAddress ? { text, bits: binary(parts.map(Number), 8) } : null;
}

function ipv6(text: string): Address | null {
  const url = `http://[${text}]/`;
  if (!/^[\da-f:.]+$/i.test(text) || !URL.canParse(url)) return null;
  // The shortest form (RFC 5952).
  const short = new URL(url).hostname.slice(1, -1);
  const [before = [], after = []] = short.split("::").map((half) =>
    half
      .split(":")
      .filter(Boolean)
      .map((group) => Number.parseInt(group, 16)),
  );
  const bits = binary([...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after], 16);
  // IPv4 addresses are written as such.
  return bits.startsWith(`${"0".repeat(80)}${"1".repeat(16)}`) ? null : { text: short, bits };
}

const binary = (numbers: readonly number[], width: number) =>
  numbers.map((each) => each.toString(2).padStart(width, "0")).join("");
