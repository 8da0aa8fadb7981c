/** Whether a file whose request was answered with this status may be there when it is requested again. */
export function mayComeLater(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}
